"""The emitted program, replayed over exact numbers, is the scalar expansion entry by entry."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from wnproof.derive.flow import GradientFlow
from wnproof.derive.ncf import ncf
from wnproof.graph.expand import expand
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Contract, Map, argument, order, pointwise
from wnproof.graph.relabel import substitute
from wnproof.kernels.kernel import kernel
from wnproof.kernels.replay import replay
from wnproof.model.activations import Activation, absolute, leaky_relu, linear, polynomial_relu, relu, tanh
from wnproof.model.losses import exponential, logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, plain, weight_norm


def _kinked(right, left, degree):
    return Activation(f"{right}z^{degree}, {left}z^{degree}", Pw(argument(0), right, left, degree), Fraction(degree))


NETWORKS = {
    "relu": (Network((2, 3, 1), relu), square),
    "linear": (Network((2, 2, 2, 1), linear), square.averaged),
    "leaky": (Network((3, 2, 1), leaky_relu("1/10")), square),
    "absolute": (Network((2, 3, 1), absolute), square),
    "relu squared": (Network((2, 2, 1), polynomial_relu(2)), square),
    "leaky squared, deep": (Network((2, 2, 2, 1), polynomial_relu(2, "1/10")), square.averaged),
    "relu cubed": (Network((2, 2, 1), polynomial_relu(3)), square),
    "relu, deep": (Network((2, 3, 2, 1), relu), square),
    "relu, logistic": (Network((2, 2, 1), relu), logistic.averaged),
    "relu, exponential": (Network((2, 2, 1), relu), exponential),
    "normalized": (Network((2, 3, 1), relu, normalization=weight_norm), logistic.averaged),
    "normalized, deep": (Network((2, 2, 2, 1), leaky_relu("1/3"), normalization=weight_norm), square),
    "normalized, every layer": (Network((2, 2, 1), relu, normalization=(weight_norm, weight_norm)), square),
    "exponentially normalized": (Network((2, 2, 1), relu, normalization=exponential_weight_norm), square),
    "mixed": (Network((2, 2, 2, 1), relu, normalization=(plain, weight_norm, plain)), square),
    "bias": (Network((2, 3, 1), relu, bias=True), logistic),
    "bias everywhere": (Network((2, 2, 2, 1), leaky_relu("1/10"), bias=(True, True, True)), square),
    "two outputs": (Network((2, 3, 2), relu), square.averaged),
    "two outputs, normalized": (Network((2, 2, 2), relu, normalization=weight_norm, bias=True), square),
    "scaled, outer weights fixed": (Network((2, 2, 1), relu, scale="1/3", fixed={"W2": [[1, -2]]}), square),
    "tanh": (Network((2, 2, 1), tanh), square),
    "two-sided": (Network((2, 2, 1), _kinked(2, 3, 1)), square),
    "left only": (Network((2, 2, 1), _kinked(0, 3, 1)), square),
    "left only, squared": (Network((2, 2, 1), _kinked(0, -1, 2)), square),
}


def replayed(ker, quantity, parameters, data, equal):
    """The number of entries compared; asserts that every one is equal."""
    given = {"X": data.exact_X, "Y": data.exact_y}
    values = {**quantity.constants, **given, **parameters}
    found = ker.replay(parameters, values)
    sizes = {**quantity.sizes, "i": data.n}
    compared = 0
    for root, seen, array in zip(quantity.roots, ker.plan.roots, found, strict=True):
        wanted = expand(root, sizes, values).transpose([root.axes.index(a) for a in seen.axes])
        assert array.shape == wanted.shape
        for index in np.ndindex(*array.shape):
            assert equal(array[index], wanted[index]), (root, index, array[index], wanted[index])
            compared += 1
    return compared


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("what", ["velocity", "loss", "jacobian", "output"])
def test_the_program_is_the_expansion(name, what, exact_parameters, exact_data, equal):
    net, loss = NETWORKS[name]
    flow = GradientFlow(net, loss)
    quantity = net.output if what == "output" else getattr(flow, what)
    for seed in (0, 1):
        data = exact_data(net, seed=seed, signs=loss.name != "square")
        ker = kernel(quantity, data)
        assert replayed(ker, quantity, exact_parameters(net, seed), data, equal) > 0


@pytest.mark.parametrize("name", ["relu", "normalized", "leaky squared, deep", "two outputs"])
def test_one_program_at_many_sizes(name, exact_parameters, exact_data, equal):
    """A large kernel's own program, replayed at small sizes, with the same storage."""
    net, loss = NETWORKS[name]
    wide = Network(
        tuple(40 if 0 < k < net.depth else w for k, w in enumerate(net.widths)), net.activation, normalization=net.normalizations
    )
    data = exact_data(net, n=3, seed=5, signs=loss.name != "square")
    large = kernel(GradientFlow(wide, loss), exact_data(wide, n=50, signs=True))
    assert replayed(large, GradientFlow(net, loss).velocity, exact_parameters(net, 2), data, equal) == net.size


def test_a_correlation_function_has_its_data_bound(exact_parameters, exact_data, equal):
    net = Network((2, 3, 1), relu)
    data = exact_data(net, n=4)
    problem = ncf(net, data)
    assert replayed(kernel(problem), problem.gradient, exact_parameters(net), data, equal) == net.size
    assert replayed(kernel(problem.value), problem.value, exact_parameters(net), data, equal) == 1


def mutants(quantity):
    """The quantity with one node changed: a Map doubled, a Contract quadrupled (norms stay rational)."""
    for node in order(*quantity.roots):
        if isinstance(node, Map) and node.operands:
            changed = pointwise(2 * node.expr, *node.operands)
        elif isinstance(node, Contract):
            changed = pointwise(4 * argument(0), node)
        else:
            continue
        yield node, replace(quantity, roots=tuple(substitute(root, {node: changed}) for root in quantity.roots))


def noticed(quantity, mutant, program, cases, equal):
    """Whether the mutant's program differs from the quantity's expansion in one of the cases."""
    ker = program(mutant)
    try:
        for parameters, data in cases:
            replayed(ker, quantity, parameters, data, equal)
    except AssertionError:
        return True
    return False


WORKLOADS = {  # the networks that are timed, at sizes where every entry is compared exactly
    "W1": (Network((2, 2, 1), leaky_relu("1/10")), exponential.averaged, 4),
    "W2, W3, W4": (Network((2, 3, 1), relu, normalization=weight_norm), logistic.averaged, 4),
    "W6": (Network((2, 2, 2, 1), leaky_relu("1/10")), logistic.averaged, 3),
}


@pytest.mark.parametrize("name", ["relu", "normalized, deep", "bias", *WORKLOADS])
def test_every_single_node_mutation_is_noticed(name, exact_parameters, exact_data, equal):
    net, loss, n = WORKLOADS[name] if name in WORKLOADS else (*NETWORKS[name], 4)
    quantity = GradientFlow(net, loss).velocity
    data = exact_data(net, n=n, seed=3, signs=loss.name != "square")
    cases = [(exact_parameters(net, seed), data) for seed in (0, 1, 2)]
    found = [(node, noticed(quantity, mutant, lambda q: kernel(q, data), cases, equal)) for node, mutant in mutants(quantity)]
    assert len(found) >= 10
    assert [node for node, was in found if not was] == []


def test_every_single_node_mutation_of_the_ensemble_is_noticed(exact_parameters, exact_data, equal):
    """W5: the mutant's program for a block of members beside the members' expansions."""
    net, loss = Network((2, 2, 1), relu, normalization=weight_norm), logistic.averaged
    quantity = GradientFlow(net, loss).velocity
    data = exact_data(net, n=3, seed=3, signs=True)
    members = [exact_parameters(net, seed) for seed in (0, 1, 2)]
    stacked = {name: np.stack([m[name] for m in members], axis=-1) for name in members[0]}
    given = {"X": data.exact_X, "Y": data.exact_y}

    def program_is(wanted, mutant):
        plan = kernel(mutant, data, ensemble=True).block_plan(len(members))
        for root, seen, array in zip(wanted.roots, plan.roots, replay(plan, {**given, **stacked}), strict=True):
            for k, member in enumerate(members):
                exact = expand(root, {**net.sizes, "i": data.n}, {**given, **member})
                assert seen.axes == (*root.axes, "e")
                if not all(equal(array[(*index, k)], exact[index]) for index in np.ndindex(*exact.shape)):
                    return False
        return True

    assert program_is(quantity, quantity)
    found = [(node, program_is(quantity, mutant)) for node, mutant in mutants(quantity)]
    assert len(found) >= 10
    assert [node for node, was in found if was] == []
