"""The kernel as an object: out, copies, conversions, refusals, saving, names, and what stands for a quantity."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import types

import numpy as np
import pytest
import sympy as sp

from wnproof.derive.flow import GradientFlow
from wnproof.derive.ncf import ncf
from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument, contract, leaf, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import kernel
from wnproof.kernels.numpy_target import NumPy
from wnproof.model.activations import Activation, relu
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm

SOFTPLUS = Activation("softplus", sp.log(1 + sp.exp(argument(0))), None)
MODELS = {
    "relu": (Network((3, 4, 1), relu), square),
    "normalized": (Network((3, 4, 1), relu, normalization=weight_norm), logistic.averaged),
    "softplus": (Network((3, 4, 1), SOFTPLUS), logistic),
    "two outputs": (Network((3, 4, 2), relu, bias=True), square.averaged),
}


def drawn(net, n=7, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.choice([-1.0, 1.0], size=(n,) if net.widths[-1] == 1 else (n, net.widths[-1]))
    return types.SimpleNamespace(X=rng.standard_normal((n, net.widths[0])), y=y), rng.standard_normal(net.size) / 2


def test_out_is_written_and_may_be_theta():
    net, loss = MODELS["normalized"]
    data, theta = drawn(net)
    ker = kernel(GradientFlow(net, loss), data)
    wanted = ker(theta)
    out = np.empty(2 * net.size)[::2]
    assert ker(theta, out=out) is out
    assert (out == wanted).all()
    same = theta.copy()
    ker(same, out=same)
    assert (same == wanted).all()
    first = ker(theta)
    ker(2 * theta)
    assert (first == wanted).all()


def test_kernels_are_independent_of_their_copies_and_of_their_data():
    net, loss = MODELS["relu"]
    data, theta = drawn(net)
    ker = kernel(GradientFlow(net, loss), data)
    twin = ker.copy()
    wanted = ker(theta)
    data.X[:] = 0
    assert (twin(theta) == wanted).all()
    assert (ker(theta) == wanted).all()
    assert twin._function is not ker._function


def test_integers_and_single_precision_are_converted():
    net, loss = MODELS["relu"]
    data, _ = drawn(net)
    ker = kernel(GradientFlow(net, loss), data)
    theta = np.arange(net.size) % 5 - 2
    wanted = ker(theta.astype(float))
    for given in (theta, theta.astype(np.float32), theta.tolist(), theta.astype(np.int8)):
        assert (ker(given) == wanted).all()
    large = Network((1, 1), relu)
    power = kernel(large.output.with_node(pointwise(argument(0) ** 40, leaf("W1", ("h0",))), "40th power"))
    assert power([7])[0] == pytest.approx(7.0**40, rel=1e-14)


REFUSED = [
    (lambda t: t[:-1], "E-SHAPE.*theta is \\(15,\\), wanted \\(16,\\)"),
    (lambda t: t[None], "E-SHAPE.*theta is \\(1, 16\\), wanted \\(16,\\)"),
    (lambda t: 1.0, "E-SHAPE.*theta is \\(\\)"),
    (lambda t: t + 0j, "E-VALUE.*complex128"),
    (lambda t: t.astype(object), "E-VALUE.*object"),
    (lambda t: t.astype(str), "E-VALUE"),
    (lambda t: [[1.0], 2.0], "E-SHAPE.*ragged"),
]


@pytest.mark.parametrize(("spoil", "message"), REFUSED)
def test_what_is_no_theta_is_refused(spoil, message):
    net, loss = MODELS["relu"]
    data, theta = drawn(net)
    with pytest.raises(WnproofError, match=message):
        kernel(GradientFlow(net, loss), data)(spoil(theta))


@pytest.mark.parametrize("out", [np.empty(15), np.empty((2, 16)), np.empty(16, int), [0.0] * 16])
def test_what_is_no_out_is_refused(out):
    net, loss = MODELS["relu"]
    data, theta = drawn(net)
    with pytest.raises(WnproofError, match="out is"):
        kernel(GradientFlow(net, loss), data)(theta, out=out)


def test_data_that_do_not_fit_are_refused_with_both_shapes():
    net, loss = MODELS["relu"]
    flow = GradientFlow(net, loss)
    with pytest.raises(WnproofError, match=r"X is \(4, 2\), the network wants \(n, 3\)"):
        kernel(flow, types.SimpleNamespace(X=np.zeros((4, 2)), y=np.zeros(4)))
    with pytest.raises(WnproofError, match=r"y is \(5,\), the network wants \(4,\)"):
        kernel(flow, types.SimpleNamespace(X=np.zeros((4, 3)), y=np.zeros(5)))
    with pytest.raises(WnproofError, match=r"y is \(4,\), the network wants \(4, 2\)"):
        kernel(GradientFlow(*MODELS["two outputs"]), types.SimpleNamespace(X=np.zeros((4, 3)), y=np.zeros(4)))
    with pytest.raises(WnproofError, match="E-VALUE.*needs data"):
        kernel(flow)
    symbolic = GradientFlow(Network((3, 4, 1), relu, fixed={"W2": None}), square)
    with pytest.raises(WnproofError, match="E-VALUE.*W2 has no value"):
        kernel(symbolic, types.SimpleNamespace(X=np.zeros((4, 3)), y=np.zeros(4)))
    with pytest.raises(WnproofError, match="E-VALUE.*no quantity"):
        kernel(3)
    with pytest.raises(WnproofError, match="E-VALUE.*int64"):
        NumPy(np.int64)


def test_functions_without_a_kernel_are_named():
    z = Block("z", ("k",), (2,))
    with pytest.raises(WnproofError, match="out-of-fragment: sin"):
        kernel(Quantity("sine", (pointwise(sp.sin(argument(0)), z.leaf),), ParameterSpace((z,)), {"k": 2}))


@pytest.mark.parametrize("name", ["normalized", "two outputs", "softplus"])
def test_a_saved_kernel_needs_numpy_alone(name, tmp_path):
    net, loss = MODELS[name]
    data, theta = drawn(net)
    ker = kernel(GradientFlow(net, loss), data)
    ker.save(tmp_path / "flow.py")
    np.savez(tmp_path / "case.npz", X=data.X, Y=data.y, theta=theta)
    script = (
        "import sys, numpy as np, flow\n"
        "case = np.load('case.npz')\n"
        "np.save('found.npy', flow.make(case['X'], case['Y'])(case['theta']))\n"
        "assert not {m.split('.')[0] for m in sys.modules} & {'sympy', 'wnproof', 'scipy'}\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=tmp_path, check=True, env={"PYTHONPATH": str(tmp_path)})
    assert np.load(tmp_path / "found.npy") == pytest.approx(ker(theta), rel=1e-13)
    assert str(float(data.X[0, 0])) not in ker.source
    spec = importlib.util.spec_from_file_location("flow", tmp_path / "flow.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(ValueError, match="wanted"):
        module.make(data.X[:-1], data.y)
    with pytest.raises(ValueError, match="wanted"):
        module.make(data.X, data.y)(theta[:1])
    with pytest.raises(WnproofError, match="E-IO"):
        ker.save(tmp_path / "nowhere" / "flow.py")


def test_hostile_names_never_become_code():
    evil = '__import__("os").abort() or """'
    w, x = Block(evil, ("k",), (2,)), leaf("lambda", ("k",))
    ker = kernel(Quantity(evil + "\n", (contract((w.leaf, x), ()),), ParameterSpace((w,)), {"k": 2}, {"lambda": [1, 2]}))
    assert ker([3.0, 4.0]) == 11.0
    names = {n.id for n in ast.walk(ast.parse(ker.source)) if isinstance(n, ast.Name)}
    assert not names & {"__import__", "lambda", "os"}
    assert "abort" not in ker.source.split('"""', 2)[2]


@pytest.mark.parametrize("target", [NumPy(), NumPy(block=1)], ids=repr)
@pytest.mark.parametrize("name", ['x""" + abort() #', "q\\", "{0}"])
def test_hostile_names_of_activations_stay_in_the_docstring(name, target):
    net = Network((1, 1, 1), Activation(name, Pw(argument(0), 1, 0, 1)))
    data = types.SimpleNamespace(X=np.array([[1.0], [2.0]]), y=np.ones(2))
    ker = kernel(GradientFlow(net, square), data, target=target)
    docstring = ast.get_docstring(ast.parse(ker.source))
    assert docstring is not None
    assert "theta: W1 (1, 1), W2 (1, 1)" in docstring
    assert ker([1.0, 1.0]) == pytest.approx([-2.0, -2.0])  # residuals 0 and 1, inputs 1 and 2


def test_a_sphere_problem_stands_for_its_gradient_and_a_form_works_entry_by_entry():
    from wnproof.derive.sphere import sphere_problem
    from wnproof.model.dataset import Dataset

    x, y = sp.symbols("x y")
    gradient = kernel(sphere_problem(x**3 + 3 * x * y**2, (x, y)))
    assert gradient([2.0, 3.0]) == pytest.approx([39.0, 36.0], rel=1e-15)
    problem = ncf(Network((2, 3, 1), relu), Dataset([[1, 2], [3, "1/2"]], [1, -1]))
    u = np.random.default_rng(0).standard_normal(problem.size)
    assert kernel(problem)(u) @ u == pytest.approx(2 * kernel(problem.value)(u), rel=1e-13)
    product = kernel(problem.hessian_product)
    assert str(product.signature) == "theta (18,) = W1 (3, 2), W2 (1, 3), DW1 (3, 2), DW2 (1, 3) -> (9,); data X (2, 2), Z (2,)"
    assert product([*u, *u]) == pytest.approx(kernel(problem)(u), rel=1e-13)  # degree 2: D^2 N(u) u = grad N(u)
    with pytest.raises(WnproofError, match=r"theta is \(9,\), wanted \(18,\).*holds W1, W2, DW1, DW2"):
        product(u)


def test_a_jacobian_has_the_samples_after_theta():
    net, loss = MODELS["normalized"]
    data, theta = drawn(net)
    flow = GradientFlow(net, logistic)
    jacobian, f = kernel(flow.jacobian, data)(theta), kernel(net.output, data)(theta)
    assert jacobian.shape == (net.size, 7)
    assert kernel(flow, data)(theta) == pytest.approx(jacobian @ (data.y / (1 + np.exp(data.y * f))), rel=1e-12)


def test_what_a_kernel_says_about_itself():
    net, loss = MODELS["normalized"]
    data, _ = drawn(net)
    ker = kernel(GradientFlow(net, loss), data)
    assert ker.signature.size == net.size
    assert ker.signature.result == (net.size,)
    assert str(ker.signature) == "theta (20,) = V1 (4, 3), g1 (4,), W2 (1, 4) -> (20,); data X (7, 3), Y (7,)"
    assert ker.operations == sum(ker.plan._count(v) for v in ker.plan.steps) > 2 * 2 * 4 * 3 * 7
    assert "velocity" in repr(ker)


def test_a_block_itself_has_a_kernel():
    """The function is not named like a block, which it would hide."""
    net = Network((2, 3, 1), relu)
    theta = net.initial(1.0, seed=0)
    for name in ("W1", "W2"):
        assert np.array_equal(kernel(net[name])(theta).ravel(), net.unflatten(theta)[name].ravel())
