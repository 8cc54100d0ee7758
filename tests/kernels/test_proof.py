"""A kernel's verdict: its program, read back as formulas, is proved equal to the quantity; a wrong program never is."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument, leaf, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.kernels.kernel import kernel
from wnproof.kernels.proof import program_verdict
from wnproof.kernels.values import Dot, Pointwise
from wnproof.verdict import Rigor

DATA = SimpleNamespace(X=np.ones((5, 2)), y=np.ones(5))
RELU = wn.Network((2, 3, 1), wn.relu)
PROVED = {
    "relu": wn.gradient_flow(RELU, wn.square),
    "output": RELU.output,
    "loss": wn.gradient_flow(RELU, wn.logistic).loss,
    "logistic": wn.gradient_flow(RELU, wn.logistic.averaged),
    "tanh": wn.gradient_flow(wn.Network((2, 3, 1), wn.tanh), wn.exponential),
    "squared": wn.gradient_flow(wn.Network((2, 3, 1), wn.polynomial_relu(2)), wn.square),
    "deep linear": wn.gradient_flow(wn.Network((2, 3, 3, 1), wn.linear, bias=True), wn.square.averaged),
    "leaky": wn.gradient_flow(wn.Network((2, 1, 1), wn.leaky_relu("1/10")), wn.square),
    "normalized": wn.Network((2, 3, 1), wn.absolute, normalization=wn.weight_norm).output,
}


@pytest.mark.parametrize("name", PROVED)
def test_the_program_is_proved_to_be_the_quantity(name):
    verdict = kernel(PROVED[name], DATA).verdict
    assert verdict.rigor is Rigor.PROVED
    assert wn.check(verdict.certificate).rigor is Rigor.PROVED
    assert "i=2" in str(verdict.scope)


@pytest.mark.parametrize("slopes", [(1, 0), (2, 3), (0, 3), (1, -1), (3, -1), ("1/10", 1)], ids=str)
@pytest.mark.parametrize("degree", [1, 2])
def test_every_kind_of_kink(slopes, degree):
    right, left = map(sp.Rational, slopes)
    z = Block("z", ("k",), (2,))
    for order in (degree, degree - 1):
        node = pointwise(Pw(argument(0), right, left, order), z.leaf)
        quantity = Quantity("kink", (node,), ParameterSpace((z,)), {"k": 2})
        assert kernel(quantity).verdict.rigor is Rigor.PROVED


SWAPS = {
    "add": "subtract",
    "subtract": "add",
    "multiply": "add",
    "maximum": "minimum",
    "negative": "square",
    "square": "negative",
}


def test_no_mutated_program_is_proved():
    """Every step but a sign, which its maximum explains, is swapped for another; every contraction loses a factor."""
    plan = kernel(PROVED["relu"], DATA).plan
    tried = 0
    for target in plan.steps:
        if isinstance(target, Pointwise) and target.function in SWAPS:
            wrong = replace(target, function=SWAPS[target.function])
        elif isinstance(target, Dot):
            wrong = replace(target, operands=(target.operands[0], target.operands[0]))
        else:
            continue
        new = {}
        for step in plan.steps:
            chosen = wrong if step is target else step
            new[step] = replace(chosen, operands=tuple(new.get(v, v) for v in chosen.operands))
        mutant = replace(
            plan, steps=tuple(new.values()), roots=tuple(replace(root, value=new[root.value]) for root in plan.roots)
        )
        if any(set(value.axes) - {a for v in value.operands for a in v.axes} for value in new.values() if isinstance(value, Dot)):
            continue  # no longer a program
        tried += 1
        assert program_verdict(mutant).rigor is not Rigor.PROVED, target
    assert tried >= 5


def test_a_largest_entry_is_outside_and_says_so():
    net = wn.Network((2, 3, 3), wn.relu)
    verdict = kernel(
        wn.gradient_flow(net, wn.cross_entropy), SimpleNamespace(X=np.ones((4, 2)), y=np.eye(3)[[0, 1, 2, 0]])
    ).verdict
    assert verdict.rigor is Rigor.UNDECIDED
    assert "largest entry" in verdict.reason


def test_bound_numbers_are_symbols_in_the_statement():
    """The proof holds whatever numbers the data hold."""
    w, x = Block("w", ("k",), (2,)), leaf("x", ("k",))
    quantity = Quantity(
        "product", (pointwise(argument(0) * argument(1), w.leaf, x),), ParameterSpace((w,)), {"k": 2}, {"x": [0, 0]}
    )
    assert kernel(quantity).verdict.rigor is Rigor.PROVED
