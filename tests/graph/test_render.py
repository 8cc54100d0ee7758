"""Golden text and LaTeX of derivations, and no index that is used twice."""

from __future__ import annotations

import re

import pytest
import sympy as sp

from wnproof.derive.flow import gradient_flow
from wnproof.graph.nodes import argument, contract, leaf, pointwise
from wnproof.graph.quantity import Step
from wnproof.graph.relabel import relabel
from wnproof.graph.render import align, latex, page, symbol_latex, text
from wnproof.model.activations import relu, tanh
from wnproof.model.losses import logistic
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, weight_norm

a, b = argument(0), argument(1)

PLAIN_TEXT = """\
    z1[i,j] = sum_k W1[j,k] X[i,k]    (preactivation)
    h1[i,j] = Pw(z1[i,j], 1, 0, 1)    (activation relu)
       f[i] = sum_j W2[j] h1[i,j]    (output)
          L = sum_i (-Y[i] + f[i])**2/2    (square loss (f - y)**2/2, sum over samples)
       r[i] = -Y[i] + f[i]    (residual dl/df)
delta1[i,j] = (W2[j]*r[i])*Pw(z1[i,j], 1, 0, 0)    (chain rule, dL/dz)
dW1/dt[j,k] = -sum_i X[i,k] delta1[i,j]
  dW2/dt[j] = -sum_i h1[i,j] r[i]"""

WEIGHT_NORM_LATEX = r"""\begin{align*}
  W^{(1)}_{jk} &= \frac{V^{(1)}_{jk} g^{(1)}_{j}}{\|V^{(1)}_{j\cdot}\|} && \text{weight\_norm, row by row} \\
  z^{(1)}_{ij} &= \sum_{k} W^{(1)}_{jk}\, X_{ik} && \text{preactivation} \\
  h^{(1)}_{ij} &= \tanh{\left(z^{(1)}_{ij} \right)} && \text{activation tanh} \\
  f_{i} &= \sum_{j} W^{(2)}_{j}\, h^{(1)}_{ij} && \text{output} \\"""


def test_golden_text():
    assert gradient_flow(Network((3, 8, 1), relu)).text() == PLAIN_TEXT


def test_golden_latex():
    printed = gradient_flow(Network((3, 8, 1), tanh, normalization=weight_norm), logistic.averaged).latex()
    assert printed.startswith(WEIGHT_NORM_LATEX)
    assert printed.endswith("\\end{align*}")
    assert r"\|V^{(1)}_{j\cdot}\|^{3}" in printed
    assert r"\dot{g}^{(1)}_{j} &=" in printed
    assert r"{n}" in printed


FLOWS = {
    (widths, norm, bias, loss): gradient_flow(Network(widths, relu, normalization=norm, bias=bias), loss)
    for widths in ((2, 3, 1), (2, 3, 4, 2))
    for norm in (weight_norm, exponential_weight_norm)
    for bias in (False, True)
    for loss in (logistic, logistic.averaged)
}


@pytest.mark.parametrize("key", FLOWS, ids=str)
def test_latex_is_balanced_and_every_sum_binds_an_index_that_is_free(key):
    flow = FLOWS[key]
    for printed in (flow.latex(), flow.effective().latex()):
        assert printed.count("{") == printed.count("}")
        assert printed.count(r"\Bigl(") == printed.count(r"\Bigr)")
        assert printed.count(r"\left") == printed.count(r"\right")
        assert not re.search(r"\\text\{[^}]*[^\\]_", printed), "an underscore in text mode does not compile"
        for line in printed.splitlines():
            if "&=" not in line:
                continue
            left = line.split("&=")[0]
            free = set(re.findall(r"[a-z]'*", re.search(r"_\{(.*?)\}\s*$", left).group(1))) if "_{" in left else set()
            bound = [index for group in re.findall(r"\\sum_\{(.*?)\}", line) for index in group.split(",")]
            assert not free & set(bound), line
    assert "1 \\cdot 1" not in flow.latex()
    assert "1**2" not in flow.text()


def test_a_bound_index_gets_a_prime():
    W, X = leaf("W1", ("h1", "h0")), leaf("X", ("i", "h0"))
    gram = pointwise(a * b, leaf("K", ("i", "h0")), contract((W, X), ("i",)))
    assert text(gram) == "(sum_j,k' W1[j,k'] X[i,k'])*K[i,k]"
    assert latex(gram) == r"K_{ik} \Bigl(\sum_{j,k'} W^{(1)}_{jk'}\, X_{ik'}\Bigr)"


def test_the_second_sample_of_a_gram_matrix_keeps_its_own_prime():
    """Free indices are i and i' already, so a bound sample index becomes i''."""
    x = leaf("x", ("i",))
    inner = contract((x, leaf("M", ("i",))), ())
    gram = pointwise(a * b * argument(2), x, relabel(x, {"i": "i2"}), inner)
    assert text(gram) == "(sum_i'' x[i''] M[i''])*x[i']*x[i]"


def test_norms_of_rows_and_columns_are_told_apart():
    W = leaf("W2", ("o", "h1"))
    rows = pointwise(sp.sqrt(a), contract((W, W), ("o",)))
    columns = pointwise(sp.sqrt(a), contract((W, W), ("h1",)))
    assert (text(rows), text(columns)) == ("|W2[o,:]|", "|W2[:,j]|")
    assert latex(columns) == r"\|W^{(2)}_{\cdot j}\|"


def test_counts():
    ones_i = leaf("1", ("i",))
    assert text(contract((ones_i,), ())) == "n"
    assert text(pointwise(a / b, leaf("L"), contract((ones_i,), ()))) == "L/n"


def test_symbols():
    assert symbol_latex("b2", ("h2",)) == "b^{(2)}_{l}"
    assert symbol_latex("delta1", ("i", "h1")) == r"\delta^{(1)}_{ij}"
    assert symbol_latex("L", ()) == "L"


def test_a_named_step_is_used_below_it():
    z = contract((leaf("W1", ("h1", "h0")), leaf("X", ("i", "h0"))), ("i", "h1"))
    h = pointwise(a**2, z)
    steps = [Step("z1", z, "preactivation"), Step("h1", h, "50% & more_of_it")]
    assert page(steps).splitlines()[1].strip() == "h1[i,j] = z1[i,j]**2    (50% & more_of_it)"
    assert r"\text{50\% \& more\_of\_it}" in align(steps)
