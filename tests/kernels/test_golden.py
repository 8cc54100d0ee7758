"""The whole text of three small kernels: a change of the emitter is read before it is accepted (``--update`` rewrites it)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from wnproof.derive.flow import GradientFlow
from wnproof.kernels.kernel import kernel
from wnproof.kernels.numpy_target import NumPy
from wnproof.model.activations import leaky_relu, relu
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm

GOLDEN = Path(__file__).with_name("golden")
FLOWS = {
    "normalized_relu_logistic": GradientFlow(Network((2, 8, 1), relu, normalization=weight_norm), logistic.averaged),
    "normalized_relu_logistic_in_blocks": GradientFlow(Network((2, 8, 1), relu, normalization=weight_norm), logistic.averaged),
    "leaky_square_bias": GradientFlow(Network((2, 3, 2, 1), leaky_relu("1/10"), bias=True), square),
}


TARGETS = {"normalized_relu_logistic_in_blocks": NumPy(np.float32, block=8)}


def source(name):
    return kernel(FLOWS[name], SimpleNamespace(X=np.zeros((20, 2)), y=np.zeros(20)), target=TARGETS.get(name)).source


@pytest.mark.parametrize("name", FLOWS)
def test_source(name, update):
    path = GOLDEN / f"{name}.txt"
    if update:
        path.write_text(source(name), encoding="utf-8")
    assert source(name) == path.read_text(encoding="utf-8")


def test_the_second_workload_is_a_page_that_reads_like_the_formula():
    text = source("normalized_relu_logistic")
    assert len(text.splitlines()) <= 60
    assert max(map(len, text.splitlines())) <= 130
    for line in (
        "h1[i,j] = relu(z1[i,j])",
        "f[i] = sum_j W2[j] h1[i,j]",
        "dot(W1, X_by_ki, out=z1)",
        "maximum(z1, zero, out=h1)",
    ):
        assert line in text


@pytest.mark.parametrize("name", FLOWS)
def test_the_text_does_not_depend_on_the_hash_seed(name):
    script = f"""
import importlib.util
spec = importlib.util.spec_from_file_location("golden", {str(Path(__file__))!r})
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
print(module.source({name!r}), end="")
"""
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
        assert done.stdout == source(name)
