"""False statements about networks that a careless prover believes; all are false at some point, none may be proved."""

from __future__ import annotations

from fractions import Fraction

import sympy as sp

import wnproof as wn
from wnproof.claims.expressions import node_of
from wnproof.claims.statements import conserved, every, flow_is, homogeneous
from wnproof.graph.nodes import argument, contract, leaf, pointwise
from wnproof.graph.statement import Conserved, Equal, Evolves, Shares


def net(*widths, sigma=wn.relu, **options):
    return wn.Network(widths or (2, 2, 1), sigma, **options)


def relu(p=1, a=0):
    return wn.polynomial_relu(p, a)


Z = sp.Symbol("z", real=True)
SOFTPLUS, CLIPPED = wn.Activation("softplus", sp.log(1 + sp.exp(Z))), wn.Activation("clipped", sp.Max(-1, sp.Min(1, Z)))
SWN, EWN = wn.weight_norm, wn.exponential_weight_norm


def degrees():
    yield "tanh has degree 2", homogeneous(net(sigma=wn.tanh).output, 2)
    yield "softplus has degree 2", homogeneous(net(sigma=SOFTPLUS).output, 2)
    yield "clipping has degree 2", homogeneous(net(sigma=CLIPPED).output, 2)
    yield "a bias above", homogeneous(net(bias=(False, True)).output, 2)
    yield "biases everywhere", homogeneous(net(2, 2, 2, 1, bias=True).output, 3)
    yield "a bias below counts twice", homogeneous(net(sigma=relu(2), bias=(True, False)).output, 4)
    yield "degree D p", homogeneous(net(2, 2, 2, 1, sigma=relu(2)).output, 6)
    yield "degree D at p = 3", homogeneous(net(sigma=relu(3)).output, 2)
    yield "degree off by 1/1000", homogeneous(net().output, Fraction(2001, 1000))
    yield "first layer of degree 1 at p = 2", homogeneous(net(sigma=relu(2)).output, 1, ["W1"])
    yield "weights without their bias", homogeneous(net(bias=(True, False)).output, 1, ["W1"])
    yield "direction of degree 1", homogeneous(net(normalization=SWN).output, 1, ["V1"])
    yield "length of degree 1 at p = 2", homogeneous(net(sigma=relu(2), normalization=SWN).output, 1, ["g1"])
    yield "logarithmic lengths scale", homogeneous(net(normalization=EWN).output, 1, ["a1"])
    yield "EWN is homogeneous", homogeneous(net(normalization=EWN).output, 1)
    yield "SWN of degree 3", homogeneous(net(normalization=SWN).output, 3)


def laws():
    def law(network, quantity):
        return conserved(wn.gradient_flow(network), quantity)

    two, square, deep = net(2, 3, 1), net(2, 3, 1, sigma=relu(2)), net(2, 2, 2, 1, sigma=relu(2))
    yield "one layer alone", law(two, two["W1"].row_squares())
    yield "a sum for a difference", law(two, two["W1"].row_squares() + two["W2"].column_squares())
    yield "coefficient 1 at p = 2", law(square, square["W1"].row_squares() - square["W2"].column_squares())
    yield "coefficient p on the wrong side", law(square, 2 * square["W1"].row_squares() - square["W2"].column_squares())
    yield "coefficient off by 1e-12", law(two, two["W1"].row_squares() - (1 + Fraction(1, 10**12)) * two["W2"].column_squares())
    yield "two layers apart, p for p^2", law(deep, deep["W1"].dot(deep["W1"]) - 2 * deep["W3"].dot(deep["W3"]))
    smooth = net(2, 3, 1, sigma=wn.tanh)
    yield "tanh balances", law(smooth, smooth["W1"].row_squares() - smooth["W2"].column_squares())
    soft = net(2, 3, 1, sigma=SOFTPLUS)
    yield "softplus balances", law(soft, soft["W1"].row_squares() - soft["W2"].column_squares())
    clipped = net(2, 3, 1, sigma=CLIPPED)
    yield "clipping balances", law(clipped, clipped["W1"].row_squares() - clipped["W2"].column_squares())
    biased = net(2, 3, 1, bias=True)
    yield "the bias is forgotten", law(biased, biased["W1"].row_squares() - biased["W2"].column_squares())
    for p in (1, 2):
        swn, ewn = (net(2, 3, 1, sigma=relu(p), normalization=kind) for kind in (SWN, EWN))
        yield f"EWN conserves squares, p={p}", law(ewn, ewn["a1"].squares() - p * ewn["W2"].column_squares())
        yield f"EWN without its 2, p={p}", law(ewn, ewn["a1"] - p * ewn["W2"].column_squares())
        yield f"direction balances output, p={p}", law(swn, swn["V1"].row_squares() - p * swn["W2"].column_squares())
        yield f"SWN with p + 1, p={p}", law(swn, swn["g1"].squares() - (p + 1) * swn["W2"].column_squares())
        both = net(2, 3, 2, sigma=relu(p), normalization=(SWN, SWN))
        yield f"neuron by neuron under SWN, p={p}", law(both, both["g1"].squares() - p * both["V2"].column_squares())
    function = net().output.node
    yield "an untrained partner", Conserved(function, ("W1",), None, {"W1": Fraction(1)})


def flows():
    plain, other = net(2, 1, 1), net(2, 1, 1, sigma=relu(1, "1/10"))
    flow = wn.gradient_flow(plain)
    yield "the flow of another loss", flow_is(flow, wn.gradient_flow(plain, wn.logistic).velocity)
    yield "the mean for the sum", flow_is(flow, wn.gradient_flow(plain, wn.square.averaged).velocity, samples=2)
    yield "the flow of another slope", flow_is(flow, wn.gradient_flow(other).velocity)
    small, normal = net(2, 1, normalization=(EWN,), sigma=wn.linear), net(2, 1, normalization=(SWN,), sigma=wn.linear)
    induced = {EWN: wn.gradient_flow(small).effective(), SWN: wn.gradient_flow(normal).effective()}
    for kind, own in induced.items():
        v, c = leaf("V1", own.net["V1"].node.axes), own.covectors[0]
        dropped = pointwise(-argument(0), c)
        yield f"induced flow of {kind} is -c", flow_is(own, {"W1": own.net.quantity(dropped, "W1")})
        along = pointwise(-argument(0) * argument(1), v, contract((v, c), ()))
        yield f"induced flow of {kind} is -v <v, c>", flow_is(own, {"W1": own.net.quantity(along, "W1")})


def dimensions():
    """Identities of vectors that hold in few dimensions only, stated in one more."""
    a, b, c = (leaf(name, ("k",)) for name in "abc")

    def inner(x, y):
        return contract((x, y), ())

    pair = pointwise(argument(0) * argument(1) - argument(2) ** 2, inner(a, a), inner(b, b), inner(a, b))
    zero = pointwise(0 * argument(0), inner(a, a))
    g = [inner(x, y) for x in (a, b, c) for y in (a, b, c)]
    A = [argument(k) for k in range(9)]
    det = A[0] * (A[4] * A[8] - A[5] * A[7]) - A[1] * (A[3] * A[8] - A[5] * A[6]) + A[2] * (A[3] * A[7] - A[4] * A[6])
    triple = pointwise(det, *g)
    yield "parallel, true for d = 1", Equal(pair, zero, {"k": 2})
    yield "dependent, true for d = 2", Equal(triple, zero, {"k": 3})
    cube, product = contract((a, a, a), ()), pointwise(argument(0) * argument(1), inner(a, a), contract((a,), ()))
    yield "cubes, true for d = 1", Equal(cube, product, {"k": 2})
    potential = pointwise(argument(0) / 2, inner(a, a))
    yield "a decays twice as fast", Evolves(potential, (a,), a, pointwise(-2 * argument(0), a), {"k": 2})
    yield "the first entry only", Evolves(cube, (a,), inner(a, a), pointwise(-2 * argument(0), inner(a, a)), {"k": 1})


def low_dimensions():
    """(statement true at its sizes, a size at which it is false): no proof may speak of every size."""
    a, b, c = (leaf(name, ("k",)) for name in "abc")
    named = {name: statement for name, statement in dimensions() if "true for" in name}
    for name, statement in named.items():
        d = int(name[-1])
        yield name, Equal(statement.left, statement.right, {"k": d}), d + 1


def kinks():
    """Rates at a kink: what a convention for the slope at 0 makes true is false, or not true, of the slopes that there are."""
    x, y = sp.symbols("x y", real=True)

    def along(potential, quantity, velocity, *where):
        trained = tuple(leaf(str(v)) for v in sorted(potential.free_symbols, key=str))
        domain = tuple((relation, node_of(e)) for relation, e in where)
        return Evolves(node_of(potential), trained, node_of(sp.S(quantity)), node_of(sp.S(velocity)), {}, domain)

    halves = sp.Max(x, 0) - sp.Max(-x, 0)
    yield "the slope 0 at 0 on both sides", along(halves, x, 0, ("=", x))
    yield "the slope 1 at 0 on both sides", along(halves, x, -2, ("=", x))
    yield "the mean slope of a leaky unit", along(sp.Max(x, x / 2), x, -sp.Rational(3, 4))
    yield "the slope of least norm", along(sp.Abs(x), x, 0, ("=", x))
    yield "a subgradient that is picked", along(sp.Max(x, 0), x, 0, ("=", x))
    yield "the sum rule with equality", along(sp.Abs(x) - sp.Max(x, 0), x, 0, ("=", x))
    yield "the first of two equal arguments", along(sp.Max(x, y), x, -1, ("=", x - y))
    yield "half for each of two equal arguments", along(sp.Max(x, y), x, -sp.Rational(1, 2), ("=", x - y))
    yield "both of two equal arguments", along(sp.Max(x, y), x + y, -2, ("=", x - y))
    yield "a product at a kink", along(sp.Max(x, 0) * y, x, 0, ("=", x), (">", y))


AT_KINKS = tuple(name for name, _ in kinks() if name != "the mean slope of a leaky unit")


def shares():
    def value(network):
        node = network.output.node
        return contract((leaf("Z", node.axes), node), ())

    half, third = Fraction(1, 2), Fraction(1, 3)
    yield "equal shares at p = 2", Shares(value(net(2, 2, 1, sigma=relu(2))), {"W1": half, "W2": half})
    yield "shares the wrong way round", Shares(value(net(2, 2, 1, sigma=relu(2))), {"W1": third, "W2": 1 - third})
    yield "shares that exceed 1", Shares(value(net()), {"W1": Fraction(1), "W2": Fraction(1)})
    yield "shares with a bias above", Shares(value(net(bias=(False, True))), {"W1": third, "W2": third, "b2": third})
    yield "shares of tanh", Shares(value(net(sigma=wn.tanh)), {"W1": half, "W2": half})


def mixtures():
    good = wn.gradient_flow(net(2, 3, 1))
    true_law = conserved(good, good.net["W1"].row_squares() - good.net["W2"].column_squares())
    for name, statement in [*degrees()][:3] + [*dimensions()][:2]:
        yield f"true and: {name}", every(true_law, statement)


FAMILIES = (degrees, laws, flows, dimensions, kinks, shares, mixtures)


def traps():
    """Every false statement by name."""
    return {name: statement for family in FAMILIES for name, statement in family()}
