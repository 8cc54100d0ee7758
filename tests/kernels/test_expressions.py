"""Random expressions of the closed set: the lowered program is the expression, exactly, and its floats are close; derivatives of
softplus of every order stay bounded.
"""

from __future__ import annotations

import random
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp

from wnproof.graph.expand import expand
from wnproof.graph.kink import Pw, selected
from wnproof.graph.nodes import argument, contract, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import kernel
from wnproof.kernels.replay import replay

SIZES = {"a": 2, "b": 3}
BLOCKS = (Block("p", ("a", "b"), (2, 3)), Block("q", ("a",), (2,)), Block("r", ("b",), (3,)), Block("s", (), (1,)))
SPACE = ParameterSpace(BLOCKS)
POWERS, NUMBERS = (1, 2, 3), (sp.Rational(1, 2), sp.S(-1), sp.S(2), sp.Rational(-3, 4), sp.S(3))


def random_node(rng, depth):
    """A node over the four blocks: nested Maps, sums over axes between them, kinks of every order, integer powers."""
    if depth == 0:
        return rng.choice(BLOCKS).leaf
    operands = [random_node(rng, depth - 1) for _ in range(rng.randint(1, 3))]
    if rng.random() < 0.3:
        axes = sorted({a for n in operands for a in n.axes})
        return contract(operands, [a for a in axes if rng.random() < 0.5])
    x = [argument(k) for k in range(len(operands))]
    terms = []
    for _ in range(rng.randint(1, 3)):
        factors = [rng.choice(NUMBERS)]
        for _ in range(rng.randint(1, 3)):
            inner = rng.choice(x) + rng.choice((0, 0, 1)) * rng.choice(x)
            kind = rng.random()
            if kind < 0.3 and inner != 0:
                right, left = rng.sample((sp.S.Zero, sp.S.One, sp.Rational(1, 10), sp.S(-2)), 2)
                factors.append(Pw(inner, right, left, rng.randint(0, 3)))
            elif kind < 0.4:
                factors.append((1 + inner**2) ** -rng.choice(POWERS))
            else:
                factors.append(inner ** rng.choice(POWERS))
        terms.append(sp.Mul(*factors))
    return pointwise(sp.Add(*terms), *operands)


@pytest.mark.parametrize("seed", range(150))
def test_the_program_is_the_expression(seed):
    rng = random.Random(seed)
    node = random_node(rng, 2)
    quantity = Quantity("random", (node,), SPACE, SIZES)
    ker = kernel(quantity)
    values = {b.name: np.empty(tuple(SIZES[a] for a in b.axes), dtype=object) for b in BLOCKS}
    for array in values.values():
        array[...] = np.array([Fraction(rng.randint(-4, 4), 2) for _ in range(array.size)], dtype=object).reshape(array.shape)
    (found,) = replay(ker.plan, values)
    wanted = np.vectorize(selected, otypes=[object])(expand(node, SIZES, values))
    assert (found == wanted).all()
    theta = np.concatenate([array.ravel() for array in values.values()]).astype(float)
    size = max(1.0, *(abs(float(e)) for e in wanted.ravel()))
    assert np.max(abs(ker(theta) - wanted.astype(float))) <= 1e-9 * size
    theta[rng.randrange(len(theta))] = np.nan  # not every block is used, but nothing may fail or warn
    ker(theta)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_derivatives_of_softplus_are_exact_and_bounded(order, equal):
    z = Block("z", ("a",), (2,))
    expr = sp.diff(sp.log(1 + sp.exp(-3 * argument(0))), argument(0), order)
    ker = kernel(Quantity("softplus", (pointwise(expr, z.leaf),), ParameterSpace((z,)), {"a": 2}))
    values = {"z": np.array([sp.Rational(2, 3), sp.Rational(-1, 5)], dtype=object)}
    (found,) = replay(ker.plan, values)
    assert all(equal(a, b) for a, b in zip(found, [expr.subs(argument(0), v) for v in values["z"]], strict=True))
    exact = sp.lambdify(argument(0), expr, "mpmath")
    with mpmath.workdps(400):
        for t in (-1e4, -300.0, -20.0, -1.0, 0.5, 20.0, 200.0, 1e4):
            wanted = float(exact(mpmath.mpf(t)))
            assert ker([t, -t])[0] == pytest.approx(wanted, rel=1e-12, abs=1e-13 * 3**order if order > 1 else 1e-300)
