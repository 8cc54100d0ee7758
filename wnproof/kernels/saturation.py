"""Which exponentials stop at a large finite value, so that 0 times an overflow is 0 and no finite theta gives not-a-number.

A loss e^(-yf) at a margin of -10^4 is beyond every float: the loss is infinite. Its gradient multiplies e^(10^4) by slopes and
inputs that may be 0, and the sums of such products have both signs; in exact arithmetic each is a number, with infinities they
are undefined. There exp(u) is computed as exp(min(u, 650)), about 1e282 (50 and 5e21 in single precision): the direction of the
largest terms is kept, the length is cut. An infinity that only grows, or that only divides, stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wnproof.kernels.values import Number, Peak, Pointwise, Sum, Value

LARGEST = {"float64": 650, "float32": 50}


def saturated(steps: Sequence[Value]) -> frozenset[Value]:
    """The exponentials among the steps whose infinity might meet a zero or another infinity."""
    users: dict[Value, list[Value]] = {}
    for value in steps:
        for operand in dict.fromkeys(value.operands):
            users.setdefault(operand, []).append(value)
    exponentials = [v for v in steps if isinstance(v, Pointwise) and v.function == "exp" and not _is_small(v.operands[0])]
    large: set[Value] = set(exponentials)  # what may be infinite, of one sign everywhere
    for value in steps:
        if any(v in large and _only_grows(value, v) for v in value.operands):
            large.add(value)

    def is_harmless(exponential: Value) -> bool:
        reached = [exponential]
        for value in reached:
            for user in users.get(value, []):
                if user in large:
                    reached.append(user)
                elif not _vanishes(user, value, large):
                    return False
        return True

    return frozenset(v for v in exponentials if not is_harmless(v))


def _is_small(u: Value) -> bool:
    """Whether u <= 0 by its form: w - max w, or -w^2."""
    if not isinstance(u, Pointwise):
        return False
    if u.function == "subtract":
        peak = u.operands[1]
        return isinstance(peak, Peak) and peak.operands[0] is u.operands[0]
    squared = u.operands[0]
    return u.function == "negative" and isinstance(squared, Pointwise) and squared.function == "square"


def _only_grows(user: Value, value: Value) -> bool:
    """Whether the step makes a large value a large one of one sign."""
    if isinstance(user, Sum):
        return True
    if not isinstance(user, Pointwise):
        return False
    if user.function in ("add", "subtract", "multiply", "divide"):
        others = [v for v in user.operands if v is not value]
        dividend = user.function != "divide" or value is user.operands[0]
        return dividend and all(isinstance(v, Number) and v.expr != 0 for v in others)
    return user.function in ("log", "sqrt", "square")


def _vanishes(user: Value, value: Value, large: Collection[Value]) -> bool:
    """Whether the step divides by the value what is not large itself."""
    if not isinstance(user, Pointwise):
        return False
    return user.function == "reciprocal" or (
        user.function == "divide" and value is user.operands[1] and user.operands[0] not in large
    )
