"""The plan itself: contractions of every shape, sharing, storage, masks; and that a wrong plan does not pass the replay."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.flow import GradientFlow
from wnproof.graph.expand import expand
from wnproof.graph.nodes import add, argument, contract, leaf, multiply, ones, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.relabel import relabel
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import Kernel, kernel
from wnproof.kernels.linear import shared_sign_moved
from wnproof.kernels.numpy_target import NumPy
from wnproof.kernels.replay import replay
from wnproof.kernels.values import Dot, Pointwise, Sum
from wnproof.model.activations import leaky_relu, relu
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm

SIZES = {"a": 2, "b": 3, "c": 4, "i": 5}


def contraction(seed):
    """A random product of one to four tensors, parameters and data, with random axes and random axes kept."""
    rng = np.random.default_rng(seed)
    tensors, blocks, constants = [], [], {}
    for k in range(rng.integers(1, 5)):
        axes = tuple(rng.permutation(list(SIZES))[: rng.integers(0, 4)])
        shape = tuple(SIZES[a] for a in axes)
        tensors.append(leaf(f"T{k}", axes))
        if rng.random() < 0.6:
            blocks.append(Block(f"T{k}", axes, shape))
        else:
            constants[f"T{k}"] = rng.integers(-3, 4, size=shape).astype(object)
    tensors += [tensors[0]] * int(rng.random() < 0.3)
    axes = tuple(rng.permutation([a for a in SIZES if rng.random() < 0.5]))
    return Quantity("product", (contract(tensors, axes),), ParameterSpace(tuple(blocks)), SIZES, constants), tensors


@pytest.mark.parametrize("seed", range(80))
def test_every_contraction_is_einsum_and_the_expansion(seed):
    quantity, tensors = contraction(seed)
    ker = kernel(quantity)
    rng = np.random.default_rng(seed)
    parameters = {b.name: rng.integers(-3, 4, size=b.shape).astype(object) for b in quantity.parameters.blocks}
    theta = quantity.parameters.flatten(parameters).astype(float)
    values = {**quantity.constants, **parameters}
    letters = dict(zip(SIZES, "abci", strict=True))
    script = ",".join("".join(letters[a] for a in t.axes) for t in tensors)
    lacking = [a for a in quantity.axes if all(a not in t.axes for t in tensors)]
    script += "".join("," + letters[a] for a in lacking) + "->" + "".join(letters[a] for a in quantity.axes)
    floats = [np.asarray(values[t.name], dtype=float) for t in tensors] + [np.ones(SIZES[a]) for a in lacking]
    assert ker(theta) == pytest.approx(np.einsum(script, *floats), rel=1e-13)
    (exact,) = replay(ker.plan, values)
    assert (exact == expand(quantity.node, SIZES, values)).all()


def flow_kernel(n=4, widths=(2, 3, 1), loss=square, activation=relu, **options):
    net = Network(widths, activation, **options)
    rng = np.random.default_rng(1)
    data = SimpleNamespace(X=rng.standard_normal((n, widths[0])), y=rng.choice([-1.0, 1.0], n))
    return net, kernel(GradientFlow(net, loss), data)


def exact_case(net, exact_parameters, exact_data):
    data = exact_data(net, n=4, seed=2)
    quantity = GradientFlow(net, square).velocity
    values = {**exact_parameters(net, 1), "X": data.exact_X, "Y": data.exact_y}
    return values, [expand(root, {**net.sizes, "i": data.n}, values) for root in quantity.roots]


def passes(plan, values, wanted):
    return all((a == b).all() for a, b in zip(replay(plan, values), wanted, strict=True))


def test_a_result_that_is_overwritten_too_early_does_not_pass(exact_parameters, exact_data):
    net, ker = flow_kernel(widths=(2, 2, 2, 1), activation=leaky_relu("1/10"), normalization=weight_norm, bias=True)
    values, wanted = exact_case(net, exact_parameters, exact_data)
    plan = ker.plan
    assert passes(plan, values, wanted)
    last = {v: k for k, step in enumerate(plan.steps) for v in step.operands}
    tried = 0
    for k, first in enumerate(plan.steps):
        for later in plan.steps[k + 1 : last.get(first, k)]:
            if first.axes == later.axes and plan.slots[first] is not plan.slots[later]:
                tried += 1
                assert not passes(replace(plan, slots={**plan.slots, later: plan.slots[first]}), values, wanted)
    assert tried >= 10


SWAPS = {"add": "subtract", "subtract": "add", "multiply": "add", "maximum": "minimum", "sign": "square", "negative": "square"}


def test_every_mutated_step_is_noticed(exact_parameters, exact_data):
    net, ker = flow_kernel()
    values, wanted = exact_case(net, exact_parameters, exact_data)
    tried = 0
    for target in ker.plan.steps:
        if not isinstance(target, Pointwise):
            continue
        new = {}
        for step in ker.plan.steps:
            new[step] = replace(step, operands=tuple(new.get(v, v) for v in step.operands))
            if step is target:
                new[step] = replace(new[step], function=SWAPS[target.function])
        mutant = replace(
            ker.plan,
            steps=tuple(new[v] for v in ker.plan.steps),
            roots=tuple(replace(r, value=new[r.value]) for r in ker.plan.roots),
            slots={new[v]: slot for v, slot in ker.plan.slots.items()},
        )
        tried += 1
        assert not passes(mutant, values, wanted), target
    assert tried >= 4


@pytest.mark.parametrize("samples", [5, 3000])
def test_a_leaky_slope_is_a_sign_cut_off_from_below(samples):
    """At a kink the left slope, for not-a-number itself, with few samples and with the comparison that many samples get."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((samples, 2))
    X[0] = 0
    flow = GradientFlow(Network((2, 2, 1), leaky_relu("1/10")), square)
    ker = kernel(flow, SimpleNamespace(X=X, y=np.ones(samples)))
    assert ("greater(" in ker.source) == (samples == 3000)
    theta = rng.standard_normal(6)
    W, a = theta[:4].reshape(2, 2), theta[4:]
    z = X @ W.T
    residual = np.where(z > 0, z, 0.1 * z) @ a - 1
    wanted = -np.einsum("i,ij,ik,j->jk", residual, np.where(z > 0, 1.0, 0.1), X, a)
    assert ker(theta)[:4] == pytest.approx(wanted.ravel(), rel=1e-11)
    assert np.isnan(ker(np.where(np.arange(6) == 0, np.nan, theta))[:2]).all()


def test_only_masks_that_lose_nothing_are_comparisons():
    net = Network((2, 3, 1), relu)
    rng = np.random.default_rng(0)
    data = SimpleNamespace(X=rng.standard_normal((2000, 2)), y=np.ones(2000))
    flow = GradientFlow(net, logistic)
    velocity, jacobian = kernel(flow, data), kernel(flow.jacobian, data)
    assert "greater(" in velocity.source
    assert "greater(" not in jacobian.source
    theta = np.ones(net.size)
    theta[0] = np.nan
    assert np.isnan(velocity(theta)).all()
    assert np.isnan(jacobian(theta)[:2]).all()
    signs = frozenset(v for v in jacobian.plan.steps if isinstance(v, Pointwise) and v.function == "sign")
    careless = Kernel(replace(jacobian.plan, covered=signs), NumPy(), {"X": data.X})
    assert not np.isnan(careless(theta)[:2]).any()


def test_the_outgoing_gradient_reuses_the_incoming_one():
    """No second sum over samples: the gradients of V1, g1 and W2 share one product of masks and residuals (Euler)."""
    net = Network((10, 64, 1), relu, normalization=weight_norm)
    data = SimpleNamespace(X=np.ones((200, 10)), y=np.ones(200))
    plan = kernel(GradientFlow(net, logistic), data).plan
    sums = [v for v in plan.steps if isinstance(v, (Dot, Sum)) and "i" not in v.axes]
    over_samples = [v for v in sums if any("i" in operand.axes for operand in v.operands)]
    assert len(over_samples) == 1
    assert not any(isinstance(v, Pointwise) and v.function == "negative" for v in plan.steps)


def test_large_memory_is_reused():
    net = Network((10, 64, 64, 1), leaky_relu("1/10"))
    data = SimpleNamespace(X=np.ones((200, 10)), y=np.ones(200))
    plan = kernel(GradientFlow(net, logistic), data).plan
    large = [v for v in plan.steps if len(v.axes) == 2 and "i" in v.axes and "h0" not in v.axes]
    assert len({plan.slots[v].number for v in large}) <= len(large) / 2


def test_the_shared_sign_stays_when_there_is_no_place_for_it():
    w = leaf("w", ("k",))
    roots = [multiply(-1, pointwise(sp.exp(argument(0)), w)), multiply(-1, contract((w, w), ()))]
    assert shared_sign_moved(roots) == tuple(roots)
    assert shared_sign_moved([w]) == (w,)


def test_two_sample_axes_share_one_data_set():
    """A Gram matrix: the same X under a second name of its sample axis."""
    net = Network((2, 3, 1), relu)
    f = net.output
    data = SimpleNamespace(X=np.random.default_rng(0).standard_normal((6, 2)), y=np.ones(6))
    h = contract((net.layers[0].weight, leaf("X", ("i", "h0"))), ("i", "h1"))
    gram = f.with_node(contract((h, relabel(h, {"i": "i2"})), ("i", "i2")), "gram")
    theta = np.random.default_rng(1).standard_normal(net.size)
    Z = data.X @ theta[:6].reshape(3, 2).T
    assert kernel(gram, data)(theta) == pytest.approx(Z @ Z.T, rel=1e-13)


def test_values_without_some_of_the_axes_are_spread():
    w = Block("w", ("k",), (3,))
    space = ParameterSpace((w,))
    spread = Quantity("spread", (contract((w.leaf, ones("j")), ("j", "k")),), space, {"k": 3, "j": 2})
    assert (kernel(spread)([1, 2, 3]) == [[1, 2, 3], [1, 2, 3]]).all()
    number = Quantity("number", (contract((ones("j"), ones("k")), ()),), space, {"k": 3, "j": 2})
    assert kernel(number)([1, 2, 3]) == 6
    same = Quantity("theta", (w.leaf,), space, {"k": 3}, flat=True)
    assert (kernel(same)([1, 2, 3]) == [1, 2, 3]).all()
    cancelled = Quantity("zero", (add([w.leaf, multiply(-1, w.leaf)]),), space, {"k": 3}, flat=True)
    assert (kernel(cancelled)([1, 2, 3]) == 0).all()


def test_digests_tell_programs_apart():
    _, first = flow_kernel()
    _, again = flow_kernel()
    _, wider = flow_kernel(widths=(2, 4, 1))
    _, other = flow_kernel(loss=logistic)
    assert first.plan.digest == again.plan.digest
    assert len({first.plan.digest, wider.plan.digest, other.plan.digest}) == 3
