"""True statements by family: name -> statement, over depth, power, slope, normalization, bias, widths, loss and data."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product

import sympy as sp

import wnproof as wn
from tests.soundness.identities import HARD, IDENTITIES
from wnproof.claims.expressions import node_of
from wnproof.claims.kkt import kkt_complete, kkt_point
from wnproof.claims.statements import conserved, equal, flow_is, homogeneous
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import add, contract, leaf, multiply
from wnproof.graph.statement import Equal, Evolves, Shares
from wnproof.kkt.points import clarke, decoupled

SLOPES = (0, "1/10", "2/3")


def total(depth, power):
    return sum(power**k for k in range(depth))


def degrees():
    for depth, power, slope, bias in product((1, 2, 3, 4), (1, 2, 3), SLOPES, (False, True)):
        net = wn.Network((2,) + (3,) * (depth - 1) + (2,), wn.polynomial_relu(power, slope), bias=(bias, *[False] * (depth - 1)))
        name = f"degree D={depth} p={power} a={slope} bias={bias}"
        yield name, homogeneous(net.output, total(depth, power))
        yield f"{name} last", homogeneous(net.output, 1, [f"W{depth}"] + (["b1"] if bias and depth == 1 else []))
        if depth > 1:
            yield f"{name} first", homogeneous(net.output, power ** (depth - 1), ["W1", *(["b1"] if bias else [])])


def normalized_degrees():
    for normalization, power, depth in product((wn.weight_norm, wn.exponential_weight_norm), (1, 2, 3), (2, 3)):
        net = wn.Network((2,) + (2,) * (depth - 1) + (1,), wn.polynomial_relu(power, "1/10"), normalization=normalization)
        name = f"degree {normalization} p={power} D={depth}"
        for layer in range(1, depth):
            yield f"{name} V{layer}", homogeneous(net.output, 0, [f"V{layer}"])
            if normalization is wn.weight_norm:
                yield f"{name} g{layer}", homogeneous(net.output, power ** (depth - layer), [f"g{layer}"])
        yield f"{name} last", homogeneous(net.output, 1, [f"W{depth}"])


def balances():
    for depth, power, slope in product((2, 3), (1, 2, 3), SLOPES):
        net = wn.Network((2,) + (3,) * (depth - 1) + (1,), wn.polynomial_relu(power, slope))
        flow = wn.gradient_flow(net)
        for k in range(1, depth):
            a, b, name = net[f"W{k}"], net[f"W{k + 1}"], f"balance D={depth} p={power} a={slope} l={k}"
            yield f"{name} neurons", conserved(flow, a.row_squares() - power * b.column_squares())
            yield f"{name} layers", conserved(flow, a.dot(a) - power * b.dot(b))
    for power, normalization in product((1, 2, 3), (wn.weight_norm, wn.exponential_weight_norm)):
        net = wn.Network((2, 3, 1), wn.polynomial_relu(power), normalization=normalization)
        flow, name = wn.gradient_flow(net), f"balance {normalization} p={power}"
        own = net["g1"].squares() if normalization is wn.weight_norm else 2 * net["a1"]
        yield f"{name} directions", conserved(flow, net["V1"].row_squares())
        yield f"{name} lengths", conserved(flow, own - power * net["W2"].column_squares())


def flows():
    losses = (wn.square, wn.logistic, wn.exponential)
    kinds = (wn.relu, wn.polynomial_relu(2, "1/3"), wn.tanh, wn.linear)
    for sigma, loss, normalization in product(kinds, losses, (wn.plain, wn.weight_norm, wn.exponential_weight_norm)):
        net = wn.Network((2, 1, 1), sigma, normalization=normalization)
        flow = wn.gradient_flow(net, loss)
        yield f"flow {sigma} {loss} {normalization}", flow_is(flow, flow.velocity)
    for normalization, d in product((wn.weight_norm, wn.exponential_weight_norm), (1, 2, 3)):
        flow = wn.gradient_flow(wn.Network((d, 1), wn.linear, normalization=(normalization,))).effective()
        yield f"induced flow {normalization} d={d}", flow_is(flow, {"W1": flow.velocity[0]})


def euler():
    for depth, power, slope, inputs in product((1, 2, 3), (1, 2), ("0", "1/10"), (1, 2)):
        net = wn.Network((inputs,) + (1,) * depth, wn.polynomial_relu(power, slope))
        value = contract((leaf("Z", ("i",)), net.output.node), ())
        blocks = net.parameters.leaves
        radial = add([contract((w, g), ()) for w, g in zip(blocks, gradient(value, blocks), strict=True)])
        stated = multiply(sp.Integer(total(depth, power)), value)
        yield f"Euler D={depth} p={power} a={slope} d={inputs}", Equal(radial, stated, {**net.sizes, "i": 1})


def shares():
    for depth, power, slope in product((1, 2, 3, 4), (1, 2, 3), ("0", "1/10")):
        net = wn.Network((2,) + (2,) * (depth - 1) + (1,), wn.polynomial_relu(power, slope))
        output = net.output
        value = contract((leaf("Z", output.node.axes), output.node), ())
        parts = {f"W{k}": Fraction(power ** (depth - k), total(depth, power)) for k in range(1, depth + 1)}
        yield f"shares D={depth} p={power} a={slope}", Shares(value, parts)


def radial_flows():
    """d|u|^2/dt = 2 L N along u' = grad N for forms of degree L with and without kinks."""
    x, y, z = sp.symbols("x y z", real=True)
    forms = [(x**2 - y**2, 2), (x**3 + x * y**2, 3), (x**2 * y * z, 4), (sp.Max(x, 0) ** 2 * y, 3), (x * sp.Max(y, 0) ** 3, 4)]
    forms += [(x**k + y * z ** (k - 1), k) for k in (2, 3, 4, 5)] + [(x * sp.Max(x + y, 0), 2), (sp.Abs(x - y) * z, 2)]
    for form, degree in forms:
        variables = sorted(form.free_symbols, key=str)
        square = sum(v**2 for v in variables)
        trained = tuple(leaf(v.name) for v in variables)
        yield f"radius under {form}", Evolves(node_of(-form), trained, node_of(square), node_of(2 * degree * form))


def kkt(count=40):
    for seed in range(count):
        rng = random.Random(seed)
        X = [[rng.randint(-4, 4), rng.randint(-4, 4)] for _ in range(rng.randint(2, 6))]
        X[0] = [rng.randint(1, 4), rng.randint(-4, 4)]
        y = [rng.choice((-2, -1, 1, 2)) for _ in X]
        sigma = rng.choice((wn.relu, wn.leaky_relu("1/10")))
        problem = wn.ncf(wn.Network((2, 1, 1), sigma, fixed=rng.choice((None, {"W2": [[1]]}))), wn.Dataset(X, y))
        found = wn.kkt_points(problem, notion=rng.choice((clarke, decoupled)))
        yield f"kkt list {seed}", kkt_complete(problem, found)
        if found:
            yield f"kkt point {seed}", kkt_point(problem, found[0])


def identities():
    for left, right, *where in IDENTITIES:
        yield f"{left} = {right} where {where}", equal(sp.S(left), sp.S(right), where)
    for left, right, *where in HARD:
        yield f"hard: {left} = {right} where {where}", equal(sp.S(left), sp.S(right), where)


FAMILIES = (degrees, normalized_degrees, balances, flows, euler, shares, radial_flows, kkt, identities)


def truths():
    """Every family's statements by name."""
    return {name: statement for family in FAMILIES for name, statement in family()}
