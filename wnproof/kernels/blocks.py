"""Samples in blocks: the steps before the samples are looked at, those done for each block, those on the sums of all blocks.

A velocity is a sum over samples of terms that do not know of each other, followed by a few steps on the sums. Then arrays of
width x samples need never be there at once. Where a term of one sample depends on a sum over all of them there are no blocks.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from wnproof.kernels.values import Dot, Sum, Value

SAMPLES = "i"


@dataclass(frozen=True)
class Phases:
    """Steps in the order in which they are done; ``sums`` are those of ``each`` that are added up over the blocks."""

    before: tuple[Value, ...]
    each: tuple[Value, ...]
    after: tuple[Value, ...]

    @property
    def sums(self) -> tuple[Value, ...]:
        """The sums over samples."""
        return tuple(v for v in self.each if SAMPLES not in v.axes)

    @property
    def steps(self) -> tuple[Value, ...]:
        """All of them."""
        return (*self.before, *self.each, *self.after)


def phases(steps: Sequence[Value], roots: Collection[Value]) -> Phases | None:
    """The three groups; None when there is nothing per sample, or the samples cannot be taken apart."""
    each, after = set[Value](), set[Value]()
    for value in steps:
        per_sample = SAMPLES in value.axes or any(SAMPLES in v.axes for v in value.operands)
        late = any(v in after or (v in each and SAMPLES not in v.axes) for v in value.operands)
        if per_sample and (late or value.axes.count(SAMPLES) != len([a for a in value.axes if a.startswith(SAMPLES)])):
            return None  # it depends on a sum over all samples, or on pairs of samples
        if SAMPLES not in value.axes and per_sample and not isinstance(value, (Dot, Sum)):
            return None  # a largest entry is no sum
        (each if per_sample else after if late else set()).add(value)
    if not each or any(SAMPLES in root.axes for root in roots):
        return None
    groups = (
        [v for v in steps if v not in each and v not in after],
        [v for v in steps if v in each],
        [v for v in steps if v in after],
    )
    return Phases(*map(tuple, groups))
