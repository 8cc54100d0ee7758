"""softplus, erf and cross-entropy by name, what is said about them, and what cannot be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import wnproof
from wnproof.claims.statements import homogeneous
from wnproof.derive.homogeneity import homogeneity
from wnproof.model import names
from wnproof.model.activations import erf, softplus
from wnproof.model.losses import cross_entropy
from wnproof.model.network import Network
from wnproof.prove.decide import decide
from wnproof.verdict import Rigor

ROOT = Path(wnproof.__file__).resolve().parent.parent


def test_names():
    assert names.activation("softplus") is softplus
    assert names.activation("erf") is erf
    assert names.loss("cross-entropy") is cross_entropy
    assert names.loss("cross-entropy.averaged") == cross_entropy.averaged


def test_softplus_is_not_homogeneous_and_erf_is_out_of_the_fragment():
    net = Network((1, 1, 1), softplus)
    found = homogeneity(net)
    assert (found.degree, found.by_block) == (None, {"W1": None, "W2": 1})
    assert found.verdict.rigor is Rigor.PROVED
    assert decide(homogeneous(net.output, 2)).rigor is Rigor.REFUTED
    for verdict in (homogeneity(Network((1, 1, 1), erf)).verdict, decide(homogeneous(Network((1, 1, 1), erf).output, 2))):
        assert verdict.rigor is Rigor.UNDECIDED
        assert verdict.reason == "out-of-fragment: erf"


COMMANDS = {
    "softplus": (["kernel", "--widths", "2,3,1", "--activation", "softplus"], 0, "log1p"),
    "erf": (["kernel", "--widths", "2,3,1", "--activation", "erf"], 0, "from math import erf"),
    "cross-entropy": (["derive", "--widths", "2,3,2", "--loss", "cross-entropy.averaged"], 0, "cross_entropy loss"),
    "one output": (
        ["derive", "--widths", "2,3,1", "--loss", "cross-entropy"],
        4,
        "error[E-SHAPE] cross_entropy couples the outputs",
    ),
    "misspelt": (["derive", "--loss", "cross-entropi"], 2, "unknown 'cross-entropi'; known: cross_entropy, "),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_line(name):
    arguments, code, wanted = COMMANDS[name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "wnproof", *arguments], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == code, done.stderr
    assert wanted in (done.stderr if code else done.stdout)
    assert "Traceback" not in done.stderr
