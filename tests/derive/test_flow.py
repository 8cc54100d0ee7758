"""Gradient flow: equations against SymPy at concrete sizes, per-sample Jacobian, induced flows by hand."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.flow import gradient_flow
from wnproof.graph.expand import expand, symbols
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import leaf
from wnproof.model.activations import polynomial_relu, relu, tanh
from wnproof.model.losses import FAMILY, exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm

t = sp.Symbol("t", real=True)


def test_equations_of_a_small_network_by_hand():
    """f = W2 [W1 x]_+, square loss, one sample."""
    equations = gradient_flow(Network((1, 1, 1), relu)).equations(1)
    w, v = sp.Function("W1_0_0", real=True)(t), sp.Function("W2_0", real=True)(t)
    x, y = symbols("X", (1, 1))[0, 0], symbols("Y", (1,))[0]
    f = v * Pw(w * x, 1, 0, 1)
    expected = {w: -(f - y) * v * x * Pw(w * x, 1, 0, 0), v: -(f - y) * Pw(w * x, 1, 0, 1)}
    assert [e.lhs for e in equations] == [sp.Derivative(w, t), sp.Derivative(v, t)]
    for equation in equations:
        assert sp.expand(equation.rhs - expected[equation.lhs.args[0]]) == 0


@pytest.mark.parametrize("loss", [square, square.averaged, logistic, exponential], ids=repr)
@pytest.mark.parametrize("samples", [1, 2])
def test_equations_are_sympys_gradient(loss, samples):
    """Written out by plain SymPy from the definition of the network, without the graph."""
    net = Network((2, 2, 1), polynomial_relu(2), bias=True, scale="1/2")
    W1, b1, W2 = symbols("W1", (2, 2)), symbols("b1", (2,)), symbols("W2", (2,))
    X, Y = symbols("X", (samples, 2)), symbols("Y", (samples,))
    total = 0
    for i in range(samples):
        hidden = [Pw(sum(W1[j, k] * X[i, k] for k in range(2)) + b1[j], 1, 0, 2) for j in range(2)]
        f = sum(W2[j] * hidden[j] for j in range(2)) / 2
        total += {
            "square": (f - Y[i]) ** 2 / 2,
            "logistic": sp.log(1 + sp.exp(-Y[i] * f)),
            "exponential": sp.exp(-Y[i] * f),
        }[loss.name]
    total = total / samples if loss.mean else total
    theta = [*W1.ravel(), *b1, *W2]
    functions = {s: sp.Function(s.name, real=True)(t) for s in theta}
    numbers = {s: sp.Rational(k % 5 + 1, 3) for k, s in enumerate([*theta, *X.ravel(), *Y])}
    back = {f: s for s, f in functions.items()}
    equations = gradient_flow(net, loss).equations(samples)
    assert [e.lhs for e in equations] == [sp.Derivative(functions[s], t) for s in theta]
    for s, equation in zip(theta, equations, strict=True):
        difference = (equation.rhs.xreplace(back) + sp.diff(total, s)).xreplace(numbers)
        assert sp.simplify(difference) == 0, s


def test_fixed_blocks_do_not_move_and_enter_with_their_numbers():
    equations = gradient_flow(Network((1, 2, 1), relu, fixed={"W2": [[2, -3]]})).equations(1)
    assert [str(e.lhs.args[0]) for e in equations] == ["W1_0_0(t)", "W1_1_0(t)"]
    assert not any("W2" in str(s) for e in equations for s in e.rhs.free_symbols)


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_jacobian_is_sample_by_sample(outputs):
    net = Network((2, 2, outputs), tanh)
    sizes = {**net.sizes, "i": 2}
    jacobian = gradient_flow(net).jacobian
    f = expand(net.output.node, sizes)
    for block, root in zip(net.parameters.blocks, jacobian.roots, strict=True):
        entries = expand(root, {**sizes, **jacobian.sizes}, {k: v for k, v in jacobian.constants.items() if k == "E"})
        parameters = symbols(block.name, tuple(sizes[a] for a in block.axes))
        for index, s in np.ndenumerate(parameters):
            for sample in np.ndindex(*f.shape):
                assert sp.simplify(entries[(*index, *sample)] - sp.diff(f[sample], s)) == 0


INDUCED = {
    weight_norm: lambda v, g, c, h, work: [
        -(h[k] * work) - (g / sp.sqrt(sum(x**2 for x in v))) ** 2 * (c[k] - h[k] * work) for k in range(len(v))
    ],
    exponential_weight_norm: lambda v, g, c, h, work: [
        -sp.exp(2 * g) * (h[k] * work + (c[k] - h[k] * work) / sum(x**2 for x in v)) for k in range(len(v))
    ],
}


@pytest.mark.parametrize("normalization", INDUCED, ids=repr)
def test_the_induced_flow_of_a_weight_vector(normalization):
    """SWN: -(h h^T + (g/|v|)^2 P_h) c; EWN: -|w|^2 (h h^T + P_h/|v|^2) c, at rational points of rational norm."""
    net = Network((2, 1), relu, normalization=(normalization,))
    induced = gradient_flow(net).effective()
    (velocity,) = induced.velocity
    size = "g1" if normalization is weight_norm else "a1"
    for v, g, c in (((3, 4), 2, (1, -5)), ((-5, 12), Fraction(-1, 3), (0, 7))):
        g = sp.Rational(Fraction(g).numerator, Fraction(g).denominator)
        values = {"V1": np.array(v, dtype=object), size: g, "C1": np.array(c, dtype=object)}
        values = {name: np.array(value, dtype=object) for name, value in values.items()}
        h = [x / sp.sqrt(v[0] ** 2 + v[1] ** 2) for x in v]
        work = sum(a * b for a, b in zip(h, c, strict=True))
        expected = INDUCED[normalization](v, g, c, h, work)
        found = expand(velocity.node, net.sizes, values)
        assert [sp.simplify(a - b) for a, b in zip(found, expected, strict=True)] == [0, 0]


def test_plain_layers_follow_the_covector():
    net = Network((2, 2, 1), relu, normalization=(weight_norm, weight_norm))
    assert [q.name for q in gradient_flow(net).effective().weights] == ["W1", "W2"]
    mixed = gradient_flow(Network((2, 2, 1), relu, normalization=weight_norm)).effective()
    assert expand(mixed.velocity[1].node, {"h1": 2}).tolist() == [-s for s in symbols("C2", (2,))]


def test_the_derivation_names_every_step_and_its_rule():
    flow = gradient_flow(Network((2, 3, 3, 1), relu, normalization=weight_norm, bias=True), logistic)
    names = [step.name for step in flow.steps]
    assert names == ["W1", "z1", "h1", "W2", "z2", "h2", "f", "L", "r", "delta2", "delta1"]
    assert all(step.rule for step in flow.steps)
    assert "logistic loss" in repr(flow)
    assert "sum over samples" in flow.velocity.convention


@pytest.mark.parametrize("loss", FAMILY.values(), ids=repr)
@pytest.mark.parametrize("scale", [1, "1/2"])
def test_the_residual_of_the_derivation_is_the_whole_derivative_in_the_output(loss, scale):
    """Also where the output is a scaled product, which the loss may swallow, and where outputs are coupled."""
    net = Network((1, 1, 2), relu, scale=scale)
    (step,) = [step for step in gradient_flow(net, loss).steps if step.name == "r"]
    sizes = {**net.sizes, "i": 1}
    f, found = expand(net.output.node, sizes), expand(step.node, sizes)
    F, Y = symbols("F", f.shape), symbols("Y", f.shape)
    total = expand(loss.total(leaf("F", net.output.axes), leaf("Y", net.output.axes)), sizes)[()]
    numbers = {s: sp.Rational(k + 2, 3) for k, s in enumerate(sorted(set().union(*(e.free_symbols for e in f.ravel())), key=str))}
    numbers |= {y: sp.Rational(k + 1, 5) for k, y in enumerate(Y.ravel())}
    at = {p: e.xreplace(numbers).doit() for p, e in zip(F.ravel(), f.ravel(), strict=True)}
    for entry, p in zip(found.ravel(), F.ravel(), strict=True):
        assert abs((entry.xreplace(numbers) - sp.diff(total, p).xreplace(numbers).xreplace(at)).evalf(30)) < 1e-25
