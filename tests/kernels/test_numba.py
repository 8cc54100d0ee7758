"""Compiled loops are the NumPy program: every kind of step, not-a-number, extreme margins, names, cache, fall-back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.graph.nodes import argument, contract, leaf, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels import fastest as fastest_module
from wnproof.kernels import numba_target
from wnproof.kernels.compiled import MANIFEST, MODULE, compiled_module
from wnproof.kernels.kernel import kernel

numba = pytest.importorskip("numba")
RNG = np.random.default_rng(5)


@pytest.fixture(scope="session")
def target(tmp_path_factory):
    return wn.Numba(cache=tmp_path_factory.mktemp("kernels"))


def samples(n, d, k=1):
    y = RNG.choice([-1.0, 1.0], n) if k == 1 else np.eye(k)[RNG.integers(k, size=n)]
    return SimpleNamespace(X=RNG.standard_normal((n, d)), y=y)


NORMALIZED = wn.Network((2, 4, 1), wn.relu, normalization=wn.weight_norm)
DEEP = wn.Network((3, 4, 3, 1), wn.leaky_relu("1/10"), bias=True)
SOFT = wn.Network((2, 3, 3), wn.tanh)
SQUARED = wn.Network((2, 3, 1), wn.polynomial_relu(2, "1/10"))
EXACT = wn.Dataset([[1, 2], [-1, "1/2"], [3, -1]], [1, -2, 1])
CASES = {
    "velocity": (wn.gradient_flow(NORMALIZED, wn.logistic.averaged), samples(5, 2)),
    "deep": (wn.gradient_flow(DEEP, wn.exponential), samples(6, 3)),
    "softmax": (wn.gradient_flow(SOFT, wn.cross_entropy), samples(5, 2, 3)),
    "softmax loss": (wn.gradient_flow(SOFT, wn.cross_entropy).loss, samples(5, 2, 3)),
    "softplus loss": (wn.gradient_flow(NORMALIZED, wn.logistic).loss, samples(5, 2)),
    "output": (DEEP.output, samples(6, 3)),
    "jacobian": (wn.gradient_flow(DEEP, wn.square).jacobian, samples(6, 3)),
    "Hessian product": (wn.ncf(SQUARED, EXACT).hessian_product, None),
    "Gram": (wn.ntk(NORMALIZED).direction_part, samples(4, 2)),
    "erf": (wn.gradient_flow(wn.Network((2, 2, 1), wn.erf), wn.square), samples(4, 2)),
}


@pytest.mark.parametrize("name", CASES)
def test_the_loops_are_the_numpy_program(name, target):
    quantity, data = CASES[name]
    loops, plain = kernel(quantity, data, target=target), kernel(quantity, data)
    theta = RNG.standard_normal(plain.signature.size)
    wanted = plain(theta)
    assert loops(theta) == pytest.approx(wanted, rel=1e-12, abs=1e-13)
    out = np.empty(np.shape(wanted))
    assert loops(theta, out) is out
    assert out == pytest.approx(wanted, rel=1e-12, abs=1e-13)
    assert loops.plan.digest == plain.plan.digest
    spoiled = np.where(np.arange(len(theta)) == 0, np.nan, theta)
    assert np.array_equal(np.isnan(loops(spoiled)), np.isnan(plain(spoiled)))


def at_points(function, points, target):
    """One function as a kernel, at these points."""
    z = Block("z", ("k",), (len(points),))
    quantity = Quantity("function", (pointwise(function(argument(0)), z.leaf),), ParameterSpace((z,)), {"k": len(points)})
    return kernel(quantity, target=target)(points)


def test_the_exponential_is_numpys_to_the_last_digits(target):
    points = np.concatenate((np.linspace(-745, 709.7, 4001), RNG.standard_normal(2000), [0.0, -0.0, 1e-300, -1e-17]))
    ends = np.array([np.nan, np.inf, -np.inf, -1e4, 1e4, -750.0, 710.0])
    found = at_points(sp.exp, np.concatenate((points, ends)), target)
    normal = points > -708  # below, results are subnormal
    wanted = np.exp(points)
    assert np.abs(found[: len(points)] / wanted - 1)[normal].max() < 5e-16
    assert np.abs(found[: len(points)] - wanted)[~normal].max() < 1e-322
    assert np.array_equal(found[len(points) :], [np.nan, np.inf, 0, 0, np.inf, 0, np.inf], equal_nan=True)


def test_the_hyperbolic_tangent_is_numpys_to_the_last_digits(target):
    points = np.concatenate((np.linspace(-25, 25, 4001)[::2], 10.0 ** np.arange(-300, 5), -(10.0 ** np.arange(-17.0, 1))))
    ends = np.array([0.0, -0.0, np.nan, np.inf, -np.inf])
    found, wanted = (f[: len(points)] for f in (at_points(sp.tanh, np.concatenate((points, ends)), target), np.tanh(points)))
    assert np.abs(found / np.where(points == 0, 1, wanted) - (points != 0)).max() < 7e-16
    assert np.array_equal(at_points(sp.tanh, ends, target), np.tanh(ends), equal_nan=True)


def test_single_precision(target):
    single = wn.Numba(np.float32, cache=target.cache)
    points = np.concatenate((np.linspace(-87, 88, 2001), RNG.standard_normal(500))).astype(np.float32)
    for function, wanted in ((sp.exp, np.exp), (sp.tanh, np.tanh)):
        found = at_points(function, points, single)
        assert found.dtype == np.float32
        assert found == pytest.approx(wanted(points.astype(float)), rel=4e-7)
    ends = np.array([np.nan, np.inf, -np.inf, -200.0, 90.0])
    assert np.array_equal(at_points(sp.exp, ends, single), [np.nan, np.inf, 0, 0, np.inf], equal_nan=True)
    for name in ("softmax", "softplus loss"):
        quantity, data = CASES[name]
        loops, plain = kernel(quantity, data, target=single), kernel(quantity, data)
        theta = RNG.standard_normal(plain.signature.size)
        wanted = plain(theta)
        assert loops(theta).dtype == np.float32
        assert loops(theta) == pytest.approx(wanted, rel=1e-4, abs=1e-5 * np.abs(wanted).max())
        assert np.isnan(loops(np.full(len(theta), np.nan, np.float32))).all()


def compared(net, n, target):
    """A point, and the compiled velocity, which is NumPy's there."""
    data, theta = samples(n, net.widths[0]), RNG.standard_normal(net.size)
    flow = wn.gradient_flow(net, wn.logistic.averaged)
    loops = kernel(flow, data, target=target)
    assert loops(theta) == pytest.approx(kernel(flow, data)(theta), rel=1e-11, abs=1e-12)
    return theta, loops


@pytest.mark.parametrize("widths", [(35, 5, 1), (9, 7, 3, 1)], ids=str)
def test_tiles_of_sums_cover_sizes_that_no_stride_divides(widths, target):
    compared(wn.Network(widths, wn.relu), 13, target)


def test_slow_functions_are_computed_in_one_loop_over_all_entries(target):
    _, ker = compared(wn.Network((2, 3, 1), wn.tanh), 5, target)
    assert "for every_entry in range(15):" in ker.source


def test_samples_come_in_blocks_where_they_are_many(target, monkeypatch):
    monkeypatch.setattr(numba_target, "NEAR", 40)
    monkeypatch.setattr(numba_target, "FEWEST", 8)
    theta, ker = compared(NORMALIZED, 20, target)
    assert ker.plan.block == 8
    assert "for start in range(0, 16, 8):" in ker.source  # and four more
    assert np.isnan(ker(np.where(np.arange(len(theta)) == 0, np.nan, theta))).any()


def test_what_the_innermost_loop_does_not_change_is_read_before_it(target):
    quantity, data = CASES["velocity"]
    text = kernel(quantity, data, target=target).source
    loops = text[text.index("def velocity_loops") : text.index("def make")].splitlines()
    for before, line in zip(loops, loops[1:], strict=False):
        if line.strip() == "for i in range(5):" and "s_" in before:
            break
    else:
        raise AssertionError(text)


@pytest.mark.parametrize("loss", [wn.logistic, wn.exponential], ids=repr)
def test_margins_of_ten_thousand_are_ordinary(loss, target):
    data = samples(5, 2)
    flow = wn.gradient_flow(NORMALIZED, loss)
    theta = RNG.standard_normal(NORMALIZED.size)
    for scale in (1e4, -1e4):
        theta[-4:] = scale
        for what in (flow, flow.loss):
            loops, plain = kernel(what, data, target=target)(theta), kernel(what, data)(theta)
            assert not np.isnan(loops).any()
            assert loops == pytest.approx(plain, rel=1e-12)


def test_an_ensemble_and_its_members(target):
    quantity, data = CASES["velocity"]
    theta = RNG.standard_normal((NORMALIZED.size, 7))
    assert kernel(quantity, data, target=target, ensemble=True)(theta) == pytest.approx(
        kernel(quantity, data, ensemble=True)(theta), rel=1e-12, abs=1e-13
    )


def test_it_is_called_from_another_compiled_loop(target):
    quantity, data = CASES["velocity"]
    ker, plain = kernel(quantity, data, target=target), kernel(quantity, data)
    velocity, work = ker.compiled
    assert plain.compiled is None

    @numba.njit
    def euler(theta, step, steps):
        out = np.zeros_like(theta)
        for _ in range(steps):
            velocity(theta, out, work_)
            theta += step * out
        return theta

    work_ = work.copy()
    theta = RNG.standard_normal(NORMALIZED.size)
    by_hand = theta.copy()
    for _ in range(10):
        by_hand += 0.01 * plain(by_hand)
    with pytest.raises(numba.core.errors.NumbaError):
        euler(theta.copy(), 0.01, 10)  # a global array is frozen: memory is an argument

    @numba.njit
    def right(theta, work, step, steps):
        out = np.zeros_like(theta)
        for _ in range(steps):
            velocity(theta, out, work)
            theta += step * out
        return theta

    assert right(theta.copy(), work.copy(), 0.01, 10) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("name", ["kernel", "prepare", "work", "h", "range", "softplus", "total", "v1", "x = 1"])
def test_names_of_leaves_and_quantities_never_meet_the_programs_own(name, target):
    w, x = Block(name, ("h",), (3,)), leaf(f"{name}2"[-8:], ("h",))
    root = contract((pointwise(argument(0) ** 2, w.leaf), x), ())
    quantity = Quantity(name, (root,), ParameterSpace((w,)), {"h": 3}, {x.name: [1, 2, 3]})
    assert kernel(quantity, target=target)([1, 2, 3]) == 36.0


def test_bad_arguments_are_named(target):
    quantity, data = CASES["velocity"]
    ker = kernel(quantity, data, target=target)
    with pytest.raises(wn.WnproofError, match=r"theta is \(3,\), wanted \(16,\)"):
        ker(np.zeros(3))
    with pytest.raises(wn.WnproofError, match=r"out is \(3,\), wanted \(16,\)"):
        ker(np.zeros(16), np.zeros(3))
    with pytest.raises(wn.WnproofError, match="complex"):
        ker(np.zeros(16, complex))


# --- the cache ----------------------------------------------------------------------------------------------------------------

SOURCE = """
from numba import njit

@njit("float64(float64)", cache=True)
def twice(a):
    return 2 * a

def make():
    return twice
"""


def compiled(place):
    return compiled_module.__wrapped__(SOURCE, place)()


def test_the_second_time_nothing_is_compiled(tmp_path):
    assert compiled(tmp_path)(2.0) == 4.0
    (place,) = tmp_path.iterdir()
    before = {p: p.stat().st_mtime_ns for p in place.rglob("*")}
    function = compiled(tmp_path)
    assert function(3.0) == 6.0
    assert sum(function.stats.cache_hits.values()) == 1
    assert {p: p.stat().st_mtime_ns for p in place.rglob("*")} == before


def spoil_text(place):
    (place / MODULE).write_text("def make(): return abs\n", encoding="utf-8")


def spoil_machine_code(place):
    (path,) = place.rglob("*.nbc")
    path.write_bytes(path.read_bytes()[:50])


def spoil_index(place):
    (path,) = place.rglob("*.nbi")
    path.write_bytes(b"not an index")


def add_a_file(place):
    (place / "__pycache__" / "sitecustomize.py").write_text("raise SystemExit", encoding="utf-8")


def lose_the_manifest(place):
    (place / MANIFEST).unlink()


def forge_the_manifest(place):
    (place / MANIFEST).write_text(json.dumps(["foreign"]), encoding="utf-8")


@pytest.mark.parametrize(
    "spoil",
    [spoil_text, spoil_machine_code, spoil_index, add_a_file, lose_the_manifest, forge_the_manifest],
    ids=lambda f: f.__name__,
)
def test_a_damaged_directory_is_rebuilt(spoil, tmp_path):
    compiled(tmp_path)
    (place,) = tmp_path.iterdir()
    spoil(place)
    function = compiled(tmp_path)
    assert function(2.0) == 4.0
    assert not function.stats.cache_hits
    assert [p.name for p in tmp_path.iterdir()] == [place.name]
    assert sum(compiled(tmp_path).stats.cache_hits.values()) == 1


def test_machine_code_for_another_processor_is_another_entry(tmp_path, monkeypatch):
    compiled(tmp_path)
    monkeypatch.setattr(numba.config, "CPU_NAME", "generic")
    compiled(tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_half_written_directory_is_no_ones(tmp_path):
    (tmp_path / "building-abc").mkdir()
    (tmp_path / "building-abc" / MODULE).write_text("import nothing_like_this", encoding="utf-8")
    assert compiled(tmp_path)(2.0) == 4.0


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX permissions")
def test_a_directory_that_others_may_write_to_is_not_used(tmp_path):
    tmp_path.chmod(0o777)
    assert compiled(tmp_path)(2.0) == 4.0
    assert list(tmp_path.iterdir()) == []


def test_two_processes_at_once(tmp_path):
    script = f"""
from pathlib import Path
from wnproof.kernels.compiled import compiled_module
print(compiled_module({SOURCE!r}, Path({str(tmp_path)!r}))()(2.0))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    both = [
        subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=environment) for _ in range(2)
    ]
    assert [p.communicate()[0].strip() for p in both] == ["4.0", "4.0"]
    assert len(list(tmp_path.iterdir())) == 1
    assert sum(compiled(tmp_path).stats.cache_hits.values()) == 1


def test_the_fastest_target_says_which_it_picked_and_why(target, monkeypatch):
    quantity, data = CASES["velocity"]
    theta = RNG.standard_normal(NORMALIZED.size)
    fastest = wn.Fastest(cache=target.cache)
    small, plain = kernel(quantity, data, target=fastest), kernel(quantity, data)
    assert isinstance(small.target, wn.Numba)
    assert small.compiled is not None
    assert "compiled loops save" in small.reason
    assert plain.reason == "asked for"
    assert small(theta) == pytest.approx(plain(theta), rel=1e-12)
    both = RNG.standard_normal((NORMALIZED.size, 2))
    assert kernel(quantity, data, target=fastest, ensemble=True)(both) == pytest.approx(
        kernel(quantity, data, ensemble=True)(both), rel=1e-12
    )
    large = kernel(wn.Network((800, 800, 1), wn.relu).output, samples(800, 800), target=fastest)
    assert large.target == wn.NumPy()
    assert "BLAS" in large.reason
    monkeypatch.setattr(fastest_module, "available", lambda: False)
    without = kernel(quantity, data, target=wn.Fastest(np.float32))
    assert without.target == wn.NumPy(np.float32)
    assert "numba is not installed" in without.reason


def test_without_numba_it_is_the_numpy_kernel_and_says_so(monkeypatch):
    monkeypatch.setattr(numba_target, "available", lambda: False)
    quantity, data = CASES["velocity"]
    fallen, plain = kernel(quantity, data, target=wn.Numba()), kernel(quantity, data)
    assert fallen.source.splitlines()[0].startswith("# numba is not installed")
    assert fallen.source.split("\n", 1)[1] == plain.source
    assert "numba is not installed" in repr(fallen)
    theta = RNG.standard_normal(NORMALIZED.size)
    assert np.array_equal(fallen(theta), plain(theta))
