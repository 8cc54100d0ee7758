"""Graph gradient = SymPy gradient, entry by entry and exactly, for every activation x normalization x loss, depth 1-3,
with and without bias; losses that couple outputs at two outputs, depth 1-2, with bias."""

import pytest
import sympy as sp

from tests.laws.exact import difference_is_zero
from tests.laws.families import ACTIVATIONS, LOSSES, NORMALIZATIONS, outputs
from wnproof.derive.flow import gradient_flow
from wnproof.graph.expand import expand, symbols
from wnproof.model.activations import leaky_relu
from wnproof.model.network import Network

WIDTHS = {1: (2,), 2: (2, 2), 3: (2, 2, 2)}  # a norm of one entry would be Abs, whose SymPy derivative is wrong at 0


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@pytest.mark.parametrize("normalization", NORMALIZATIONS, ids=repr)
@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
def test_graph_gradient_is_sympy_gradient(activation, normalization, loss):
    for depth, widths in WIDTHS.items():
        if loss.couples_outputs and depth == 3:
            continue  # twice the outputs: a minute of rational functions that say nothing depth 2 does not
        for bias in (True,) if loss.couples_outputs else (False, True):
            net = Network((*widths, outputs(loss)), activation, normalization=(normalization,) * depth, bias=(bias,) * depth)
            flow = gradient_flow(net, loss)
            sizes = {**net.sizes, "i": 1}
            total = expand(flow.loss.node, sizes)[()]
            for block, root in zip(net.parameters.blocks, flow.velocity.roots, strict=True):
                shape = tuple(sizes[a] for a in block.axes)
                for symbol, entry in zip(symbols(block.name, shape).ravel(), expand(root, sizes).ravel(), strict=True):
                    assert difference_is_zero(-sp.diff(total, symbol), entry), (depth, bias, symbol)


def test_several_neurons_samples_and_outputs():
    net = Network((2, 3, 2), leaky_relu("1/10"), bias=True)
    flow = gradient_flow(net)
    sizes = {**net.sizes, "i": 2}
    total = expand(flow.loss.node, sizes)[()]
    for block, root in zip(net.parameters.blocks, flow.velocity.roots, strict=True):
        for symbol, entry in zip(
            symbols(block.name, tuple(sizes[a] for a in block.axes)).ravel(), expand(root, sizes).ravel(), strict=True
        ):
            assert difference_is_zero(-sp.diff(total, symbol), entry)


def test_the_comparison_can_fail():
    x, y = sp.symbols("x y", real=True)
    assert not difference_is_zero(sp.sqrt(x**2 + y**2), x + y)
    assert difference_is_zero(sp.sqrt(x**2 + y**2) ** 3 / (x**2 + y**2), sp.sqrt(x**2 + y**2))
    assert not difference_is_zero(sp.exp(x) * y, y)
    assert difference_is_zero(sp.exp(2 * x - y) * sp.exp(y), sp.exp(x) ** 2)
    assert not difference_is_zero(sp.exp(2 * x), sp.exp(x))
    assert not difference_is_zero(sp.erf(x), sp.erf(y))
