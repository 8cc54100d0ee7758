"""Random small graphs beside a naive evaluation that shares nothing with them: dense arrays over all axes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import sympy as sp
from hypothesis import assume
from hypothesis import strategies as st

from wnproof.graph.expand import expand
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Contract, Leaf, Map, add, argument, contract, leaf, multiply, ones, order, pointwise

AXES = ("i", "j", "k")
SIZES = {"i": 2, "j": 3, "k": 2}
LEAVES = (("x", ("i",)), ("y", ("i", "j")), ("z", ("j",)), ("w", ()), ("m", ("k", "i")))
a, b, c = argument(0), argument(1), argument(2)
SMOOTH = (a * b, a + b, a - b, a * b * c, 3 * a, a**2, 1 / a, a / b, a**2 / b - c, -a * b, a * b + a * c)
KINKED = (Pw(a, 1, 0, 1), Pw(a - b, 1, sp.Rational(1, 10), 2), Pw(a, 1, -1, 1) * b, Pw(a * b, 2, 0, 3))


@dataclass
class Pair:
    """A node, the dense array (over all AXES) that it should stand for, and the axes it really depends on."""

    node: object
    dense: np.ndarray
    axes: frozenset


def dense(values, axes):
    """Spread an array over all AXES."""
    shape = [SIZES[axis] if axis in axes else 1 for axis in AXES]
    order_ = [axes.index(axis) for axis in AXES if axis in axes]
    return np.broadcast_to(np.asarray(values, dtype=object).transpose(order_).reshape(shape), tuple(SIZES.values()))


def applied(expr, operands):
    """The expression at dense arrays, entry by entry, with SymPy substituting numbers."""
    result = np.empty(tuple(SIZES.values()), dtype=object)
    for index in np.ndindex(*result.shape):
        value = expr.xreplace(
            {argument(n): sp.Rational(o[index].numerator, o[index].denominator) for n, o in enumerate(operands)}
        )
        assume(value.is_finite)
        result[index] = Fraction(int(value.p), int(value.q))
    return result


def summed(product, over):
    total = product
    for axis in over:
        position = AXES.index(axis)
        total = np.broadcast_to(total.sum(axis=position, keepdims=True), product.shape)
    return total


@st.composite
def values(draw):
    """Exact values of the leaves; zeros and repetitions are likely."""
    found = {}
    for name, axes in LEAVES:
        shape = tuple(SIZES[axis] for axis in axes)
        entries = draw(st.lists(st.integers(-2, 3), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
        array = np.empty(shape, dtype=object)
        array.reshape(-1)[:] = [Fraction(e) for e in entries] if shape else Fraction(entries[0])
        found[name] = array
    return found


@st.composite
def graphs(draw, given, expressions=SMOOTH + KINKED, steps=8):
    """The last pair of a random program over the leaves."""
    pool = [Pair(leaf(name, axes), dense(given[name], axes), frozenset(axes)) for name, axes in LEAVES]
    pool += [Pair(ones(axis), dense(np.full(SIZES[axis], Fraction(1)), (axis,)), frozenset({axis})) for axis in AXES[:2]]
    for _ in range(draw(st.integers(2, steps))):
        pick = [pool[draw(st.integers(max(0, len(pool) - 9), len(pool) - 1))] for _ in range(3)]
        kind = draw(st.sampled_from(("map", "map", "contract", "add", "multiply")))
        if kind == "map":
            expr = draw(st.sampled_from(expressions))
            used = [n for n in range(3) if expr.has(argument(n))]
            result = Pair(
                pointwise(expr, *(p.node for p in pick)),
                applied(expr, [p.dense for p in pick]),
                frozenset().union(*(pick[n].axes for n in used)),
            )
        elif kind == "contract":
            pick = pick[: draw(st.integers(1, 3))]
            union = frozenset().union(*(p.axes for p in pick))
            kept = tuple(draw(st.permutations(sorted(draw(st.sets(st.sampled_from(AXES)))))))
            product = np.multiply.reduce([p.dense for p in pick])
            result = Pair(contract([p.node for p in pick], kept), summed(product, union - set(kept)), frozenset(kept))
            assert result.node.axes == kept
        elif kind == "add":
            result = Pair(add([p.node for p in pick]), sum(p.dense for p in pick), frozenset().union(*(p.axes for p in pick)))
        else:
            result = Pair(multiply(-2, pick[0].node), -2 * pick[0].dense, pick[0].axes)
        pool.append(result)
    return pool[-1]


def evaluated(node, given):
    """The node's own expansion at exact values, spread over all AXES."""
    array = expand(node, SIZES, {name: given[name] for name in given})
    exact = np.vectorize(lambda e: Fraction(int(e.p), int(e.q)), otypes=[object])(array)
    return dense(exact.reshape(array.shape), node.axes)


def well_formed(node):
    """Axes are those of the operands, nothing is repeated, and no Map carries an operand it does not use."""
    for n in order(node):
        assert len(set(n.axes)) == len(n.axes)
        if isinstance(n, Map):
            assert n.expr.free_symbols == {argument(m) for m in range(len(n.operands))}
            assert len(set(n.operands)) == len(n.operands)
            assert set(n.axes) == {axis for o in n.operands for axis in o.axes}
        elif isinstance(n, Contract):
            assert n.operands
        else:
            assert isinstance(n, Leaf)
