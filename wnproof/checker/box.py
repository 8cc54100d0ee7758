"""Kind "box": every box has one line of KKT points of a form f of degree m; with those that are not real, these are all lines.

KKT points are on the lines span{x}, x real, with grad f(x) in span{x}: where x_k is fixed, the zeros of F_i = x_k D_i f - x_i
D_k f, i != k. If |Y F(c)| + R |1 - Y F'(z)| < R in row sums while |z_i - c_i| <= R, x - Y F(x) contracts this polydisc: F has
one zero there, a simple one, real if c is (its conjugate is one). F' differs from F'(c) by P'(|c| + R) - P'(|c|) at most, P
being F with |.| of all coefficients, added up. The conjugate of a line is one too. There are sum_(k < n) (m-1)^k complex lines
with multiplicity, fewer isolated ones if they are not finitely many (Cartwright and Sturmfels 2013; Fulton 1984).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations, starmap
from math import prod
from typing import Any

from .cells import Cell
from .domain import Task
from .graph import conditions
from .polynomial import Poly, join
from .quotient import Atom
from .reader import expect_fields, expect_list, fraction, invalid
from .scalar import Arena, expand, read_box
from .statement import KktLines

MAX_LINES, MAX_DEGREE = 10_000, 64
Line = tuple[int, list["Gauss"], Fraction]  # all multiples of one x, x_chart = 1, with |x_i - centre_i| <= radius
Form = Callable[..., Poly]  # its derivative in any coordinates, which are the first atoms


@dataclass(slots=True)
class Gauss:
    """The complex number re + i im; ``abs`` is |re| + |im|, not less than the modulus."""

    re: Fraction = Fraction(0)
    im: Fraction = Fraction(0)

    def __add__(self, z: "Gauss") -> "Gauss":
        return Gauss(self.re + z.re, self.im + z.im)

    def __mul__(self, z: "Gauss") -> "Gauss":
        return Gauss(self.re * z.re - self.im * z.im, self.re * z.im + self.im * z.re)

    def __abs__(self) -> Fraction:
        return abs(self.re) + abs(self.im)


def differ(a: Line, b: Line) -> bool:
    """Whether no line that a may be is one that b may be: with x_k = 1 in the chart k of a that is y = y_k x."""
    (k, x, r), (_, y, s), minus = a, b, Gauss(Fraction(-1))
    gaps = ((v + minus * u * y[k], s + s * abs(u) + r * (abs(y[k]) + s)) for u, v in zip(x, y, strict=True))
    return any(abs(gap) > 2 * error for gap, error in gaps)


def verify(s: KktLines, evidence: dict[str, Any]) -> tuple[str, str]:
    """Check that every box has one line, that they differ, and that they are all, if said; a "witness" has one more."""
    f, n, witness = _form(s), len(s.trained), evidence["kind"] == "witness"
    fields = expect_fields(evidence, ("kind", "others", "inverses"))
    others = [read_box(box, n, 2 - witness) for box in expect_list(fields["others"])]
    lines: list[Line] = [(k, list(starmap(Gauss, zip(*parts, strict=True))), r) for k, parts, r in (*s.boxes, *others)]
    shown, expected = lines[len(s.boxes) * witness :], sum((sum(e for _, e in next(iter(f()))) - 1) ** k for k in range(n))
    for line, inverse in zip(shown, expect_list(fields["inverses"], len(shown)), strict=True):
        if not _contracts(f, line, inverse):
            raise invalid(f"box {lines.index(line) + 1} is not shown to have exactly one line")
    lines += [(k, [Gauss(z.re, -z.im) for z in c], r) for k, c, r in lines[len(s.boxes) :] if not witness]
    if len(lines) > MAX_LINES or not all(differ(a, b) for a, b in combinations(lines, 2)):
        raise invalid(f"two lines, one perhaps the conjugate of one, are not shown to differ, or more than {MAX_LINES} lines")
    if not (others and s.complete) if witness else s.complete and len(lines) != expected:
        raise invalid(f"{len(lines)} complex lines are in boxes, there are {expected}, or one more line is nothing new")
    return ("refuted", "one more line is there") if witness else ("certified", f"{len(s.boxes)} real lines")


def _form(s: KktLines) -> Form:
    if any(node.axes or node.op not in ("sym", "num", "+", "*", "^") for node in s.graph.nodes):
        raise invalid("f is made of numbers, not of tensors, by sums, products and powers")
    arena = Arena()
    root, cell = expand(s.graph, {}, arena, (s.function,))[s.function][()], Cell(Task(arena, (), (), ()))
    own = {cell.ring.atom(("sym", name), Atom(name)) for name in s.trained}
    p = cell.value(root)
    degrees, atoms = {sum(e for _, e in m) for m in p}, {a for m in p for a, _ in m}
    if conditions(arena.items, (root,)) or len(degrees) != 1 or not 1 <= min(degrees) <= MAX_DEGREE or not atoms <= own:
        raise invalid(f"f is no form of the trained leaves: a polynomial with terms of one degree, 1 to {MAX_DEGREE}")

    @cache
    def derivative(*places: int) -> Poly:
        if not places:
            return p
        *inner, i = places
        return {join(m, ((i, -1),)): c * e for m, c in derivative(*inner).items() for a, e in m if a == i}

    return derivative


def _contracts(f: Form, line: Line, inverse: object) -> bool:
    (k, c, radius), n = line, len(line[1]) - 1
    Y = [[Gauss(*map(fraction, expect_list(z, 2))) for z in expect_list(row, n)] for row in expect_list(inverse, n)]
    near = [Gauss(abs(z)) for z in c]
    wide = [z if i == k else z + Gauss(radius) for i, z in enumerate(near)]
    (F, slopes), (_, low), (_, high) = _equations(f, c, k, -1), _equations(f, near, k, 1), _equations(f, wide, k, 1)
    spread = [sum(b.re - a.re for a, b in zip(*rows, strict=True)) for rows in zip(low, high, strict=True)]
    for i, row in enumerate(Y):
        start = [Gauss(Fraction(-(i == j))) for j in range(n)]
        away = [abs(sum(map(Gauss.__mul__, row, column), minus)) for minus, *column in zip(start, *slopes, strict=True)]
        away += [abs(y) * v for y, v in zip(row, spread, strict=True)]
        if abs(sum(map(Gauss.__mul__, row, F), Gauss())) + radius * sum(away) >= radius:
            return False
    return True


def _equations(f: Form, x: Sequence[Gauss], k: int, sign: int) -> tuple[list[Gauss], list[list[Gauss]]]:
    """The x_k D_i f + sign x_i D_k f at x for i != k, and their derivatives in the x_j, j != k; of |f| for a sign of 1."""
    power = cache(lambda m: prod((x[a] for a, e in m for _ in range(e)), start=Gauss(Fraction(1))))
    at = cache(lambda *i: sum((power(m) * Gauss(abs(a) if sign > 0 else a) for m, a in f(*i).items()), Gauss()))
    own, turn = [i for i in range(len(x)) if i != k], Gauss(Fraction(sign))
    F = [x[k] * at(i) + turn * x[i] * at(k) for i in own]
    return F, [[x[k] * at(i, j) + turn * (x[i] * at(k, j) + (at(k) if i == j else Gauss())) for j in own] for i in own]
