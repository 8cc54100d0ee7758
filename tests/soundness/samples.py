"""True and false statements of every form that the checker reads. A new form needs one entry here."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

import wnproof as wn
from wnproof.claims.expressions import node_of
from wnproof.claims.kkt import kkt_complete, kkt_point
from wnproof.claims.statements import at_least, conserved, equal, every, flow_is, homogeneous
from wnproof.graph.nodes import constant, contract, leaf, multiply
from wnproof.graph.statement import AtLeast, Equal, Evolves, EvolvesAtLeast, LawsAtMost, Shares
from wnproof.kkt.classes import classes_of
from wnproof.kkt.form import Form
from wnproof.kkt.points import decoupled
from wnproof.kkt.replayed import lines_statement

x, y = sp.symbols("x y", real=True)
plain, exponential = wn.Network((2, 2, 1), wn.relu), wn.Network((2, 2, 1), wn.relu, normalization=wn.exponential_weight_norm)
straight = wn.Network((2, 2, 2), wn.linear)
flow, lengths = wn.gradient_flow(plain), wn.gradient_flow(exponential)
single = wn.gradient_flow(wn.Network((2, 1, 1), wn.relu))
problem = wn.ncf(wn.Network((2, 1, 1), wn.relu), wn.Dataset([[1, 2], [3, -1]], [1, -2]))
found = wn.kkt_points(problem, notion=decoupled)
value = contract((leaf("Z", plain.output.node.axes), plain.output.node), ())
rows, columns = plain["W1"].row_squares(), plain["W2"].column_squares()
half, third = Fraction(1, 2), Fraction(1, 3)
a, b = leaf("a", ("k",)), leaf("b", ("k",))
gap = wn.clarke_set(
    wn.ncf(wn.Network((2, 1, 1), wn.absolute, fixed={"W2": [[1]]}), wn.Dataset([[1, 0], [0, 1], [1, 1]], [1, 1, -1])), [0, 0]
)
nested = wn.ncf(wn.Network((1, 1, 1, 1), wn.relu), wn.Dataset([[1]], [1]))
outer = wn.Network((1, 1, 1), wn.relu)


def decays(rate, form=Evolves):
    """The square of x, kept positive, along x' = -x."""
    domain = ((">", node_of(x)),)
    return form(node_of(x**2 / 2), (leaf("x"),), node_of(x**2), node_of(rate * x**2), {}, domain)


def at_most(net, samples, count):
    """So many independent laws at most, at this number of samples; the laws that are known are tried against it."""
    trained = tuple(block.name for block in net.parameters.blocks)
    laws = wn.conservation_laws(net).laws
    return LawsAtMost(net.output.node, trained, {**net.sizes, "i": samples}, count, laws)


def listed(expr, complete=True, dropped=0):
    """The lines of KKT points of a form in x and y; without the last one the list is not complete."""
    form = wn.sphere_problem(expr, (x, y))
    of = Form.of(form)
    found = classes_of(of)
    return lines_statement(form, of, found.real, found.upper, complete, dropped)


SAMPLES = {
    "homogeneous": (homogeneous(plain.output, 2), homogeneous(plain.output, half), homogeneous(exponential.output, 1, ["W2"])),
    "homogeneous_any_depth": (
        wn.homogeneous_any_depth(wn.polynomial_relu(2), power=1, ratio=2, constant=-1),
        wn.homogeneous_any_depth(wn.relu, slope=1),
        wn.homogeneous_any_depth(wn.polynomial_relu(2), slope=2, constant=-1),
    ),
    "conserved": (
        conserved(flow, rows - columns),
        conserved(flow, rows + columns),
        conserved(flow, plain["W1"].dot(plain["W1"]) - plain["W2"].dot(plain["W2"])),
        conserved(lengths, 2 * exponential["a1"] - exponential["W2"].column_squares()),
        conserved(lengths, exponential["a1"] - exponential["W2"].column_squares()),
    ),
    "conserved_matrix": (
        conserved(wn.gradient_flow(straight), straight["W1"].row_gram() - straight["W2"].column_gram()),
        conserved(wn.gradient_flow(straight), straight["W1"].row_gram() + straight["W2"].column_gram()),
        conserved(flow, plain["W1"].row_gram() - plain["W2"].column_gram()),
    ),
    "laws_at_most": (at_most(plain, 8, 2), at_most(plain, 2, 1), at_most(straight, 2, 3), at_most(straight, 2, 2)),
    "kkt_lines": (listed(x**3 + 2 * x * y**2), listed(x**4 + x**3 * y / 2 - y**4, False), listed(x**3 + y**3, True, 1)),
    "kkt_shares": (Shares(value, {"W1": half, "W2": half}), Shares(value, {"W1": third, "W2": 1 - third})),
    "equal": (
        equal(sp.Max(x, y), x, [x > y]),
        equal(x * sp.sqrt(y) * sp.sqrt(y), x * y, [sp.Ne(x, 0)]),
        equal(x**4 - y**4, x**2 - y**2, [sp.Eq(x**2 + y**2, 1)]),
        equal(sp.Max(x, y), x, [x >= 0]),
        equal(sp.exp(x), 1 + x),
        Equal(contract((a, b), ()), contract((b, a), ()), {"k": 2}),
    ),
    "evolves": (decays(-2), decays(2), *flow_is(single, single.velocity).parts),
    "at_least": (
        at_least(x**2 + y**2, 2 * x * y),
        at_least(sp.Abs(x) + sp.Abs(y), sp.Abs(x + y)),
        at_least(x * y + 1, x + y, [x >= 1, y >= 1]),
        at_least(1, 2 * x * y, [sp.Eq(x**2 + y**2, 1)]),
        at_least(sp.sqrt(x**2 + y**2), x),
        at_least(sp.Max(x, y), 2, [x > 1, sp.Ne(y, 0)]),
        at_least(x**2, x),
        AtLeast(contract((a, a), ()), contract((a, b), ()), {"k": 2}),
        AtLeast(contract((contract((a, a), ()), contract((b, b), ())), ()), contract((contract((a, b), ()),) * 2, ()), {"k": 2}),
    ),
    "evolves_at_least": (
        decays(-3, EvolvesAtLeast),
        decays(-2, EvolvesAtLeast),
        decays(-1, EvolvesAtLeast),
        EvolvesAtLeast(contract((a, a), ()), (a,), multiply(-1, contract((a, a), ())), constant(sp.S.Zero), {"k": 2}),
    ),
    "all": (every(homogeneous(plain.output, 2), equal(x, x)), every(equal(x, x), decays(1)), flow_is(single, single.velocity)),
    "kkt_point": (kkt_point(problem, found[0]), kkt_point(problem, [1, 1, 1])),
    "kkt_complete": (kkt_complete(problem, found), kkt_complete(problem, found, dropped=1)),
    "clarke_member": (
        *(gap.member(g) for g in ([1, -1], [1, 1], [2, 2], ["1/3", 0])),
        *(gap.decoupled.member(g) for g in ([1, 2], [1, 4])),
        *(wn.clarke_set(nested, [0, 1, 0]).member(g) for g in (["1/2", 0, "1/2"], [0, 1, 0])),
        wn.clarke_set(wn.gradient_flow(outer).loss, [0, 1], wn.Dataset([[1], [-2]], [1, 3])).member([-1, 0]),
    ),
}
