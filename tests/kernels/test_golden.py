"""The whole text of two small kernels: a change of the emitter is read before it is accepted (``--update`` rewrites it)."""

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
from wnproof.model.activations import leaky_relu, relu
from wnproof.model.losses import logistic, square
from wnproof.model.network import Network
from wnproof.model.normalizations import weight_norm

GOLDEN = Path(__file__).with_name("golden")
FLOWS = {
    "normalized_relu_logistic": GradientFlow(Network((2, 8, 1), relu, normalization=weight_norm), logistic.averaged),
    "leaky_square_bias": GradientFlow(Network((2, 3, 2, 1), leaky_relu("1/10"), bias=True), square),
}


def source(name):
    return kernel(FLOWS[name], SimpleNamespace(X=np.zeros((20, 2)), y=np.zeros(20))).source


@pytest.mark.parametrize("name", FLOWS)
def test_source(name, update):
    path = GOLDEN / f"{name}.txt"
    if update:
        path.write_text(source(name), encoding="utf-8")
    assert source(name) == path.read_text(encoding="utf-8")


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
