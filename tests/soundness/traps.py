"""Hand-made false statements that a careless prover believes: each with the exact point at which it is false."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp

from wnproof.graph.kink import Pw

x, y, z = sp.symbols("x y z", real=True)
p, q = sp.symbols("p q", positive=True)
R, Abs, Max, Min, sqrt, exp, log, tanh, Eq, Ne = (
    sp.Rational,
    sp.Abs,
    sp.Max,
    sp.Min,
    sp.sqrt,
    sp.exp,
    sp.log,
    sp.tanh,
    sp.Eq,
    sp.Ne,
)


@dataclass(frozen=True)
class Trap:
    """left = right where ... is false at the point, or (no point) the domain is empty or nothing is said at all."""

    name: str
    left: sp.Expr
    right: sp.Expr
    where: tuple[sp.Rel, ...] = ()
    point: dict[str, Fraction] | None = None


def relu(e):
    return Max(e, 0)


def box(e, a, b):
    """0 outside (a, b), positive inside."""
    return relu(relu(e - a) * relu(b - e))


def trap(name, left, right, *where, **point):
    return Trap(name, sp.S(left), sp.S(right), where, {k: Fraction(v) for k, v in point.items()} or None)


TINY = R(1, 10**300)
THIN = R(1, 10**40)

ROOTS = [
    trap("sqrt of a square", sqrt(x**2), x, x=-1),
    trap("sqrt of a square, shifted", sqrt((x - 1) ** 2), x - 1, x="1/2"),
    trap("sqrt of a square on half the domain", sqrt(x**2), x, x > -1, x="-1/2"),
    trap("fourth root of a fourth power", (x**4) ** R(1, 4), x, x=-3),
    trap("root of a product of squares", sqrt(x**2 * y**2), x * y, x=-1, y=1),
    trap("two negative factors", sqrt(x * y), -sqrt(-x) * sqrt(-y), x < 0, y < 0, x=-1, y=-1),
    trap("sum of roots", sqrt(p + q), sqrt(p) + sqrt(q), p=1, q=1),
    trap("hidden branch", sqrt((x + y) ** 2), Abs(x) + Abs(y), x=1, y=-1),
    trap("cube root of a square", (x**2) ** R(3, 2), x**3, x=-2),
    trap("norm is the sum", sqrt(x**2 + y**2), x + y, x > 0, y > 0, x=1, y=1),
    trap("denesting with the wrong sign", sqrt(3 - 2 * sqrt(2)) * x, (1 - sqrt(2)) * x, x=1),
    trap("root of a difference", sqrt(p**2 - q**2), p - q, p > q, p=2, q=1),
]
LOGS = [
    trap("log of a product", log(x * y), log(x) + log(y) + x - x**2, x * y > 0, x=2, y=1),
    trap("log of a square", log(x**2), 2 * log(-x) + 1, x < 0, x=-1),
    trap("log of a sum", log(p + q), log(p) * log(q), p=1, q=1),
    trap("exp of a sum", exp(x + y), exp(x) + exp(y), x=0, y=0),
    trap("exp squared", exp(x) ** 2, exp(x**2), x=1),
    trap("log of a power", log(p**2), log(p) ** 2, p=2),
    trap("tanh is odd, not even", tanh(-x), tanh(x), x=1),
    trap("addition theorem without the denominator", tanh(x + y), tanh(x) + tanh(y), x=1, y=1),
    trap("Taylor", exp(x), 1 + x + x**2 / 2, x=1),
    trap("tanh saturates", tanh(x), Pw(x, 1, -1, 1) / x, x=50),
    trap("log of exp of a kink", log(1 + exp(x)), relu(x), x=40),
]
KINKS = [
    trap("S6 with the sign forgotten", Max(0, x * y), x * Max(0, y), x=-1, y=-1),
    trap("max of negatives", Max(-x, -y), -Max(x, y), x=1, y=0),
    trap("relu is additive", relu(x + y), relu(x) + relu(y), x=1, y=-1),
    trap("relu is multiplicative", relu(x * y), relu(x) * relu(y), x=-1, y=-1),
    trap("abs triangle equality", Abs(x + y), Abs(x) + Abs(y), x=1, y=-1),
    trap("abs of a difference", Abs(x - y), Abs(x) - Abs(y), x=0, y=1),
    trap("kink inside a kink", relu(relu(x) - 1), relu(x) - 1, x="1/2"),
    trap("three kinks deep", relu(relu(relu(x) - 1) - 1), relu(x - 2) + relu(1 - x) - relu(1 - x) * 2, x=0),
    trap("clipping", Max(Min(x, 1), -1), x, x=2),
    trap("clip is tanh-like", Min(Max(x, 0), 1), relu(x) - relu(x - 2), x="3/2"),
    trap("leaky slope", Max(x, x / 10), relu(x) - relu(-x) / 9, x=-1),
    trap("squared relu", relu(x) ** 2, x**2, x=-1),
    trap("relu of a square", relu(x**3), x**3, x=-1),
    trap("median", Max(Min(x, y), Min(Max(x, y), z)), y, x=2, y=1, z=3),
    trap("max of three by pairs", Max(x, y, z), Max(x, y) + Max(y, z) - y, x=1, y=0, z=1),
    trap("min plus max is twice", Max(x, y) + Min(x, y), 2 * Max(x, y), x=0, y=1),
    trap("sum rule of kinks", Abs(x) + relu(-x), relu(x), x=-1),
    trap("product of complementary kinks", relu(x) * relu(1 - x), 0, x="1/2"),
    trap("absolute cube", Pw(x, 1, -1, 3), x**3, x=-1),
    trap("order two for order one", Pw(x, 1, 0, 2), Pw(x, 1, 0, 1) ** 2 + Pw(-x, 1, 0, 3), x=-1),
]
CELLS = [
    trap("a far cell", relu(x - 10**9), 0, x=10**9 + 1),
    trap("a far cell of a product", relu(x - 10**6) * relu(y - 10**6), 0, x=10**6 + 1, y=10**6 + 1),
    trap("a thin cell", box(x, 0, THIN), 0, x=Fraction(1, 2 * 10**40)),
    trap("a thin cell away from 0", box(x, 7, 7 + THIN), 0, x=7 + Fraction(1, 2 * 10**40)),
    trap("a thin strip", relu(relu(x - y) * relu(y + THIN - x)), 0, x=Fraction(1, 2 * 10**40), y=0),
    trap("a hidden root", relu((x - 3) * (x - 5) * -1), 0, x=4),
    trap("an irrational cell", relu(2 - x**2) * relu(x - R(1414213, 10**6)), 0, x=Fraction(14142135, 10**7)),
    trap("two hidden roots", Abs(x**2 - 10**6 * x + 1), x**2 - 10**6 * x + 1, x=1),
    trap("a thin angle", relu(y) * relu(x - 10**12 * y), 0, x=10**13, y=1),
    trap("a cell of the product of lines", relu(x * y * (x + y - 1)), x * y * relu(x + y - 1), x=-1, y=3),
    trap("equal except on a line's side", Abs(x) * relu(y), x * relu(y), x=-1, y=1),
    trap("true for x < 10^12", Min(x, 10**12), x, x=10**12 + 1),
    trap("true for x in 1..3", (x - 1) * (x - 2) * (x - 3), 0, x=4),
    trap("true at every small integer", sp.prod([x - k for k in range(-6, 7)]), 0, x="1/2"),
    trap("prime-like polynomial", x**2 + x + 41, x**2 + x + 41 + sp.prod([x - k for k in range(6)]), x=-1),
]
BOUNDARY = [
    trap("only the boundary is left out", relu(x), x, x >= -TINY, x=-Fraction(1, 10**300)),
    trap("on the line x = y", relu(x - y), x, Eq(x, y), x=1, y=1),
    trap("equation as an assumption", x * y, 1, Eq(x + y, 2), x=0, y=2),
    trap("wrong ideal", x**2, 1, Eq(x**3, 1 + x - 1), x=0),
    trap("<= is not <", relu(-x) * relu(1 - x), 1 / x - 1 / x + relu(-x), x >= -1, Ne(x, 0), x=-1),
    trap("nonzero is not positive", Abs(x), x, Ne(x, 0), x=-1),
    trap("domain on both sides", sqrt(x**2) / x, 1, Ne(x, 0), x=-5),
    trap("square root of the assumption", x, 2, Eq(x**2, 4), x=-2),
    trap("the other solution", x, y, Eq(x**2, y**2), x=1, y=-1),
    trap("factor of zero cancelled", x, y, Eq(x * z, y * z), x=1, y=0, z=0),
    trap("circle", x + y, 1, Eq(x**2 + y**2, 1), x=0, y=-1),
    trap("nonnegative, at zero", x / (x + y) * (x + y), x + y, x >= 0, y > 0, x=0, y=1),
]
NEAR = [
    trap("off by 1e-300", x + TINY, x, x=0),
    trap("factor 1 + 1e-300", x * (1 + TINY), x, x=1),
    trap("absolute value of a tiny constant", Abs(sqrt(1 + TINY) - 1, evaluate=False) * x, (1 - sqrt(1 + TINY)) * x, x=1),
    trap("relu of a tiny constant", Max(exp(TINY) - 1, 0, evaluate=False) + x, x, x=0),
    trap("relu of minus a tiny constant", Max(1 - exp(TINY), 0, evaluate=False) + x, x + 1 - exp(TINY), x=0),
    trap("max of two near constants", Max(sqrt(1 + TINY), 1, evaluate=False) * x, x, x=1),
    trap("kink at a tiny offset", relu(x - TINY), relu(x), x=1),
    trap("min of two near constants", x - Min(log(1 + TINY), 0, evaluate=False), x + log(1 + TINY), x=0),
    trap("near identity of roots", (sqrt(R(10**60 + 1)) - 10**30) * x, 0, x=1),
    trap("sum of roots by a rational bound", (sqrt(2) + sqrt(3)) * x, R(3146264369941972342329135, 10**24) * x, x=1),
    trap("exp by a rational", exp(x), R(2718281828459045235360287, 10**24) * x**2, x=1),
    trap("log by a rational", log(x), R(6931471805599453094172321, 10**25) * x / 2, x=2),
    trap("tanh near 1", tanh(x), 1 - TINY, x=40),
    trap("a power of 1 + 1e-9", (1 + R(1, 10**9)) ** 50 * x, x, x=1),
]
ZERO = [
    trap("0/0 as 1", (x**2 - y**2) / (x - y), x - y, x=2, y=1),
    trap("x/x with a kink", relu(x) / x, 1, x=-1),
    trap("cancelled pole", (x**2 - 1) / (x - 1), x - 1, x=2),
    trap("reciprocal of a sum", 1 / (x + y), 1 / x + 1 / y, x=1, y=1),
    trap("0 to the 0", (x * y) ** 2 / (x * y), Abs(x * y), x=-1, y=1),
    trap("ratio of kinks", relu(x) / Abs(x), R(1, 2) + x / (3 * Abs(x)), x=1),
]
EMPTY = [
    trap("a square below zero", x, x + 1, x**2 < 0),
    trap("two sides of zero", x, x + 1, x > 0, x < 0),
    trap("no point between", x, y + 1, x > y, y > x),
    trap("a sum of squares", x, 7, Eq(x**2 + y**2, -1)),
    trap("a kink below zero", x, 2 * x, relu(x) < 0),
    trap("a root of a negative", sqrt(-1 - x**2), x),
    trap("a logarithm of a negative", log(-(x**2) - y**2), 5),
    trap("an exponential below zero", x, 1, exp(x) < 0),
    trap("tanh above one", x, 1, tanh(x) > 1),
    trap("only at 0, where it has no value", 1 / x, 3, Eq(x, 0)),
]
PELL = sum(sp.binomial(40, 2 * k) * 5 ** (40 - 2 * k) * 24**k for k in range(21)) * 2  # (5 + 2 sqrt 6)^40 + (5 - 2 sqrt 6)^40
NEAR_INTEGERS = [
    trap("a power of 5 + 2 sqrt 6 is no integer", (5 + 2 * sqrt(6)) ** 40 * x, PELL * x, x=1),
    trap("a kink at a small power", Max((sqrt(2) - 1) ** 300 * x, 0), 0, x=1),
    trap("sums of three roots", (sqrt(5) + sqrt(6) + sqrt(18)) * x, (sqrt(4) + sqrt(12) + sqrt(12)) * x, x=1),
    trap("sums of roots of neighbours", (sqrt(10**9 + 1) + sqrt(10**9 - 1)) * x, 2 * sqrt(10**9) * x, x=1),
    trap("a fourth root by its square", sqrt(sqrt(x**4 + TINY)), sqrt(x**2), x=1),
    trap("exp and log of a near one", log(1 + exp(-500 * p)), exp(-500 * p), p=1),
    trap("tanh of a large sum", tanh(x + 300), 1, x=0),
    trap("a difference of tanh", tanh(200 * p) * tanh(300 * p), tanh(200 * p), p=1),
    trap("softplus is relu from afar", log(1 + exp(x)) - relu(x), 0, x > 600, x=601),
]
SURFACES = [
    trap("on a circle", x * y, R(1, 2), Eq(x**2 + y**2, 1), x > 0, y > 0, x="3/5", y="4/5"),
    trap("on a far circle", x, y, Eq(x**2 + y**2, 25 * 10**8), x > 0, y > 0, x=30000, y=40000),
    trap("on a hyperbola", x + y, 8, Eq(x * y, 7), x > 0, x=2, y="7/2"),
    trap("on a parabola", relu(y), x, Eq(y, x**2), x=-1, y=1),
    trap("on two planes", x, 1, Eq(x + y, 2), Eq(y - z, 0), x=0, y=2, z=2),
    trap("one point of a surface", x * y * z, 6, Eq(x, 1), Eq(x + y, 3), Eq(y * z, 8), x=1, y=2, z=4),
    trap("a thin slab around a plane", relu(x - y), 0, x - y < THIN, x=Fraction(1, 2 * 10**40), y=0),
    trap("between two parabolas", relu(y - x**2) * relu(x**2 + THIN - y), 0, x=1, y=1 + Fraction(1, 2 * 10**40)),
    trap("between two roots of a cubic", relu(x**3 - 3 * x + 1) * relu(-x) * relu(-1 - x), 0, x="-3/2"),
    trap("outside a huge ball", Min(x**2 + y**2, 10**30), x**2 + y**2, x=10**16, y=0),
]
TRAPS = [*NEAR_INTEGERS, *SURFACES, *ROOTS, *LOGS, *KINKS, *CELLS, *BOUNDARY, *NEAR, *ZERO, *EMPTY]
