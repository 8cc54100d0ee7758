"""Does an exact point refute an encoded statement? Random points of the second engine, and the points that certificates name."""

from __future__ import annotations

import random

from flint import fmpq

from tests.engine_b import clarke, falsify, lines, neuron
from tests.engine_b import numbers as n
from tests.engine_b.jets import spans

SIMPLE = [fmpq(k) for k in (-1, 0, 1)]
LENGTHS = (1, 1, 2, 2, 3)
NEURON = ("kkt_point", "kkt_complete")
WHOLE = {
    **dict.fromkeys(NEURON, neuron.true),
    "clarke_member": clarke.true,
    "kkt_lines": lines.true,
}  # answered as a whole, at no point of their own


def number(rng, style):
    """Small integers, fractions, numbers far from 1, and the places of kinks and equations."""
    if style == 0:
        return rng.choice(SIMPLE)
    if style == 1:
        return fmpq(rng.choice((-3, -2, -1, 1, 2, 3)))
    if style == 2:
        return fmpq(rng.randint(1, 9), rng.randint(1, 4))
    if style == 3:
        return fmpq(rng.randint(-40, 40), rng.randint(1, 7))
    return fmpq(rng.randint(-9, 9)) * fmpq(10) ** rng.choice((-3, -1, 0, 2))


def draw(statement, rng, k):
    """Sizes, a value for every leaf, and the extra numbers that a law needs (scale or residuals)."""
    style = k % 5
    sizes = statement.get("sizes") or {a: rng.choice(LENGTHS) for a in falsify.axes(statement)}
    if statement["says"] == "homogeneous_any_depth":
        sizes |= {b: sizes[a] for a, b in falsify.joined(statement)}
    values = {
        name: {i: number(rng, style) for i in spans(where, sizes)} for name, where in sorted(falsify.leaves(statement).items())
    }
    extra = None
    if statement["says"] == "homogeneous":
        extra = rng.choice((fmpq(4), fmpq(1, 4), fmpq(64), fmpq(9, 4)))
    elif statement["says"] == "homogeneous_any_depth":
        extra = rng.choice((fmpq(4), fmpq(1, 4), fmpq(9, 4))), rng.choice((1, 2, 3, 4))
    elif statement["says"] in ("conserved", "conserved_matrix"):
        extra = Residuals(rng)
    return sizes, values, extra


class Residuals(dict):
    """A slope of the loss for every output, drawn when it is asked for."""

    def __init__(self, rng):
        super().__init__()
        self.rng = rng

    def __missing__(self, index):
        self[index] = fmpq(self.rng.choice((-3, -2, -1, 1, 2, 3)))
        return self[index]


def counterexample(statement, rng=None, tries=20):
    """An exact point at which the statement is false, or None when none of these points refutes it."""
    return next((point for point, answer in examined(statement, rng or random.Random(0), tries) if answer), None)


def examined(statement, rng, tries):
    """(point, False or True) for every point of the domain that was tried, in every part of a conjunction."""
    if statement["says"] == "all":
        for part in statement["of"]:
            yield from examined(part, rng, tries)
    elif statement["says"] in WHOLE:
        yield "the statement", not WHOLE[statement["says"]](statement)
    else:
        points = (draw(statement, rng, k) for k in range(tries))
        answers = ((point, falsify.false_at(statement, *point)) for point in points)
        yield from ((point, answer) for point, answer in answers if answer is not None)


def parts(statement, evidence):
    """(statement, evidence) with conjunctions taken apart."""
    if evidence["kind"] == "each":
        for part, own in zip(statement["of"], evidence["of"], strict=True):
            yield from parts(part, own)
    else:
        yield statement, evidence


def free_sizes(statement, evidence):
    """The statement at other sizes of every axis that a vector proof leaves free."""
    for axis in evidence.get("axes", ()):
        for size in (1, statement["sizes"][axis] + 1, statement["sizes"][axis] + 3):
            yield {**statement, "sizes": {**statement["sizes"], axis: size}}


def honest(certificate, shown, rng, tries=12):
    """What is shown is not false at any point tried; what is refuted is false at the point that is named."""
    statement, evidence = certificate["statement"], certificate["evidence"]
    if shown == "refuted":
        return refuted_by(statement, evidence)
    said = [s for part, own in parts(statement, evidence) for s in (part, *free_sizes(part, own))]
    return all(counterexample(s, rng, tries) is None for s in said)


def at_own_point(statement, evidence):
    """What is found at the point with which a proof shows that its domain is not empty: False when the statement holds there."""
    if statement["says"] in WHOLE:
        return not WHOLE[statement["says"]](statement)
    sizes = evidence.get("sizes", statement.get("sizes", {}))
    values = falsify.read_point(evidence.get("values", evidence.get("point")), statement, sizes)
    if statement["says"] == "kkt_shares":  # the point is no KKT point, it shows a value that is not 0
        return not falsify.nonzero(statement, sizes, values)
    law = statement["says"] in ("conserved", "conserved_matrix")
    return falsify.false_at(statement, sizes, values, Residuals(random.Random(1)) if law else None)


def refuted_by(statement, evidence):
    """Whether the evidence of a refutation refutes, by this engine's arithmetic alone."""
    if statement["says"] == "all":
        return evidence["kind"] == "one" and refuted_by(statement["of"][evidence["index"]], evidence["of"])
    if statement["says"] in WHOLE:
        return not WHOLE[statement["says"]](statement)
    sizes = evidence.get("sizes", statement.get("sizes", {}))
    values = falsify.read_point(evidence["values"], statement, sizes)
    extra = None
    if "scale" in evidence:
        extra = n.number(evidence["scale"])
        extra = (extra, evidence["depth"]) if "depth" in evidence else extra
    elif statement["says"].startswith("conserved"):
        losses = _losses(statement, sizes, values)
        return any(falsify.false_at(statement, sizes, values, slopes, bits=4096) is True for slopes in losses)
    return falsify.false_at(statement, sizes, values, extra, bits=4096) is True  # the checker goes to 2048


def _losses(statement, sizes, values):
    """The slopes of the losses l(f) = f_i, entry by entry."""
    function = statement["function"]
    entries = falsify.tables(statement["graph"], sizes, values, roots=(function,))[function][1]
    return [{i: fmpq(int(i == k)) for i in entries} for k in entries]
