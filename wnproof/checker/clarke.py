"""Kind "clarke": a vector is in the Clarke set of f at an exact point; its "witness": it is not.

To first order f and the arguments of its kinks (pw of order 1, argument 0 at the point u) are forms in the trained entries and
in the kinks. At points near u + t v, t > 0 small, a kink is on its side of v if v moves its argument; the gradients there have
one limit, a member. Every member is a mean of such forms with one side for each kink. Sides of arguments that are affine near u
(up to factors that are not 0) exclude each other by Farkas' lemma; of others second order decides, so they exclude nothing.
"""

from collections.abc import Callable
from fractions import Fraction
from math import prod
from typing import Any, NamedTuple

from . import real
from .domain import evaluate
from .polynomial import gather, plus
from .reader import expect_fields, expect_int, expect_list, fraction, invalid
from .scalar import Arena, expand, read_values
from .statement import ClarkeMember

Form = dict[Any, Fraction]  # of entries by name and of kinks by number
F, ONE = -1, Fraction(1)  # the function, last among the arguments


class Germ(NamedTuple):
    """First order: the ``arguments`` of the kinks, inner ones first, and of F; slopes (c+, c-); those that are ``affine``."""

    arguments: dict[int, Form]
    slopes: dict[int, tuple[Fraction, ...]]
    affine: set[int]

    def along(self, slope: Callable[[int, Form], Fraction]) -> dict[int, Form]:
        """The arguments with a slope put in for each kink."""
        out, put = dict[int, Form](), dict[int, Form]()
        for k, form in self.arguments.items():
            out[k] = gather((e, c * q) for key, c in form.items() for e, q in put.get(key, {key: ONE}).items())
            put[k] = plus({}, out[k], slope(k, out[k])) if k != F else {}
        return out


def germ(s: ClarkeMember) -> Germ:
    """The first order at the point, in rational arithmetic."""
    arena, near, forms, degrees = Arena(), Germ({}, {}, set()), dict[int, Form](), dict[int, int]()
    root = expand(s.graph, s.sizes, arena, (s.function,))[s.function][()]
    x = real.settle(lambda bits: evaluate(arena, (root,), s.values, bits))
    for k, value in x.items():
        item, z = arena.items[k], [x[a].lo for a in arena.items[k].of]
        if value.lo != value.hi:
            raise invalid(f"the value of {arena.text(k)} at the point is not found by rational arithmetic")
        below = [degrees[a] for a in item.of]
        degrees[k] = sum(below) if item.op == "*" else max(below, default=int(item.name in s.gradient))
        degrees[k] *= 1 if item.op in ("sym", "+", "*") or 1 in item.by[-1:] else 2
        if item.op == "pw" and item.by[2] == 1 and not z[0] and forms[item.of[0]]:
            near.arguments[k], near.slopes[k], forms[k] = forms[item.of[0]], item.by[:2], {k: ONE}
            factors = arena.items[item.of[0]].of if arena.items[item.of[0]].op == "*" else item.of
            near.affine.update([k] if [degrees[a] for a in factors if not x[a].lo] == [1] else [])
            continue
        slopes = [prod((*z[:i], *z[i + 1 :]), start=ONE) if item.op == "*" else ONE for i in range(len(z))]
        if item.by and z:  # c z^p has the slope p c z^(p-1); exp, log and tanh have 1 where their values are rational
            slopes = [item.by[-1] * value.lo / z[0] if z[0] else Fraction(0)]
        forms[k] = {} if z or not degrees[k] else {item.name: ONE}
        forms[k] |= gather((e, c * q) for a, c in zip(item.of, slopes, strict=True) for e, q in forms[a].items())
    near.arguments[F] = forms[root]
    return near


def verify(s: ClarkeMember, evidence: dict[str, Any]) -> tuple[str, str]:
    """Check that the vector is a mean of members; of a witness, that every member is lower than it in the direction."""
    near, total, witness = germ(s), Form(), evidence["kind"] == "witness"
    fields = expect_fields(evidence, ("kind", *(("direction", "tree") if witness else ("of",))))
    if witness:
        _descend(s, near, read_values(fields["direction"], s.graph, s.sizes, s.trained), fields["tree"], {})
    for weight, given in (expect_list(part, 2) for part in expect_list(fields.get("of", []))):
        if fraction(weight) <= 0:
            raise invalid("a weight is not positive")
        total = plus(total, {F: ONE, **near.along(_slopes(s, near, given))[F]}, fraction(weight))
    if not witness and plus(total, {F: ONE, **s.gradient}, -1):
        raise invalid("the vector is not this mean")
    return "refuted" if witness else "certified", "at one point"


def _slopes(s: ClarkeMember, near: Germ, given: object) -> Callable[[int, Form], Fraction]:
    """Those on the sides of a direction, or c- + h (c+ - c-) where they are free."""
    free = s.notion == "decoupled"
    shares = dict(zip(near.slopes, map(fraction, expect_list(given, len(near.slopes))), strict=True)) if free else {}
    v = {} if free else read_values(given, s.graph, s.sizes, s.trained)

    def slope(k: int, argument: Form) -> Fraction:
        share = shares[k] if free else Fraction(dot(argument, v) > 0)
        if not 0 <= share <= 1 or (argument and not free and not dot(argument, v)):
            raise invalid("a share of a slope is not between 0 and 1, or a direction does not move the argument of a kink")
        return share * near.slopes[k][0] + (1 - share) * near.slopes[k][1]

    return slope


def dot(form: Form, v: Form) -> Fraction:
    """The form at a direction."""
    return sum((c * v[e] for e, c in form.items()), Fraction(0))


def _descend(s: ClarkeMember, near: Germ, d: Form, tree: Any, sides: dict[int, int]) -> None:
    """Every case of the tree has lower gradients than the vector, or is empty."""
    if isinstance(tree, dict) and "kink" in tree:
        k = list(near.slopes)[expect_int(expect_fields(tree, ("kink", "gt", "lt"))["kink"], 0, len(near.slopes) - 1)]
        for name, side in (("gt", 1), ("lt", -1)):
            _descend(s, near, d, tree[name], {**sides, k: side})
        return

    def slope(k: int, argument: Form) -> Fraction:
        if k in sides:
            return near.slopes[k][sides[k] < 0]
        if any(k in form for j, form in near.arguments.items() if j != F):
            raise invalid("a kink inside another needs a side")
        return max(near.slopes[k], key=lambda c: c * near.arguments[F].get(k, 0) * dot(argument, d))

    forms, total = near.along(slope), Form()
    if tree == "below" and dot(forms[F], d) < dot(s.gradient, d):
        return
    for index, weight in (expect_list(term, 2) for term in expect_list(expect_fields(tree, ("empty",))["empty"])):
        k = list(near.slopes)[expect_int(index, 0, len(near.slopes) - 1)]
        if k not in near.affine & sides.keys() or not forms[k] or fraction(weight) <= 0 or s.notion == "decoupled":
            raise invalid("a side of an argument that is not affine, or not of this case, is said to be impossible")
        total = plus({F: ONE, **total}, forms[k], sides[k] * fraction(weight))
    if total != {F: ONE}:  # positive multiples of positive functions do not add up to 0
        raise invalid("a case is neither empty nor below the vector in this direction")
