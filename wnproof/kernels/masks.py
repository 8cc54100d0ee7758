"""Which slope masks may lose a not-a-number, because it reaches every use of the mask by another way.

The slope of a kink is sign(max(z, 0)), which passes not-a-number on. Comparing is faster on large arrays but gives 0 for it.
That is harmless where each use multiplies the mask by something computed from z itself, as a gradient multiplies by the
residual: every operation but a comparison passes not-a-number on, so the product has it wherever z has, at the same indices.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wnproof.kernels.values import Dot, Number, Pointwise, Value


def covered(steps: Sequence[Value], roots: Collection[Value]) -> frozenset[Value]:
    """The signs among the steps that a comparison may replace."""
    users: dict[Value, list[Value]] = {}
    for value in steps:
        for operand in dict.fromkeys(value.operands):
            users.setdefault(operand, []).append(value)
    signs = [v for v in steps if isinstance(v, Pointwise) and v.function == "sign"]
    return frozenset(v for v in signs if _is_covered(v, steps, users, roots))


def _is_covered(mask: Value, steps: Sequence[Value], users: dict[Value, list[Value]], roots: Collection[Value]) -> bool:
    informed = set(mask.operands)  # computed from z without any mask: not-a-number wherever z is
    for value in steps:
        is_mask = isinstance(value, Pointwise) and value.function == "sign"
        if not is_mask and any(v in informed for v in value.operands):
            informed.add(value)
    pending = [mask]
    while pending:
        value = pending.pop()
        if value in roots:
            return False
        for user in users.get(value, []):
            others = [v for v in user.operands if v is not value]
            if others and all(isinstance(v, Number) for v in others):
                pending.append(user)  # still a mask, scaled or shifted
            elif not others or not isinstance(user, (Dot, Pointwise)) or not any(v in informed for v in others):
                return False
    return True
