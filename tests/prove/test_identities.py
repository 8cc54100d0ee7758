"""Plain identities with kinks: every true one is proved, every false one is refuted, and none the other way round."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp

from wnproof.certificate import check
from wnproof.claims.expressions import node_of, relation
from wnproof.claims.statements import at_least, equal, every
from wnproof.errors import WnproofError
from wnproof.graph.nodes import leaf
from wnproof.graph.statement import Evolves, EvolvesAtLeast
from wnproof.prove.decide import decide
from wnproof.prove.identity import is_vacuous
from wnproof.verdict import Rigor

x, y, z, c = sp.symbols("x y z c", real=True)
p = sp.Symbol("p", positive=True)
u = sp.Symbol("u")  # no assumption: it stands for a real number
Max, Min, Abs, sqrt, R = sp.Max, sp.Min, sp.Abs, sp.sqrt, sp.Rational


def relu(t):
    return Max(0, t)


TRUE = {
    "positive and negative part": (relu(x) - relu(-x), x),
    "absolute value": (relu(x) + relu(-x), Abs(x)),
    "maximum by absolute value": (Max(x, y), (x + y + Abs(x - y)) / 2),
    "minimum by absolute value": (Min(x, y), (x + y - Abs(x - y)) / 2),
    "sum of extremes": (Max(x, y) + Min(x, y), x + y),
    "product of extremes": (Max(x, y) * Min(x, y), x * y),
    "absolute square": (Abs(x) ** 2, x**2),
    "absolute of the relu": (Abs(relu(x)), relu(x)),
    "idempotent": (relu(relu(x)), relu(x)),
    "positive factor": (relu(p * x), p * relu(x)),
    "positive factor, as a relation": (relu(c * x), c * relu(x), [c > 0]),
    "zero factor too": (relu(c * x), c * relu(x), [c >= 0]),
    "negative factor": (relu(c * x), c * Min(0, x), [c < 0]),
    "leaky as a difference": (Max(x, x / 10), relu(x) - relu(-x) / 10),
    "leaky as a maximum": (Max(x, R(1, 3) * x), x - R(2, 3) * Min(x, 0)),
    "relu squared": (relu(x) ** 2, x * relu(x)),
    "relu cubed": (relu(x) ** 3, x**2 * relu(x)),
    "disjoint supports": (relu(x) * relu(-x), 0),
    "nested maximum": (Max(x, Max(y, z)), Max(Max(x, y), z)),
    "distributive": (Max(x, Min(y, z)), Min(Max(x, y), Max(x, z))),
    "shift": (Max(x, y) + z, Max(x + z, y + z)),
    "triangle defect squared": ((Abs(x) + Abs(y)) ** 2, x**2 + y**2 + 2 * Abs(x * y)),
    "binomial": ((x + y) ** 3, x**3 + 3 * x**2 * y + 3 * x * y**2 + y**3),
    "root of a square": (sqrt(x**2), Abs(x)),
    "root of a square of an undeclared symbol": (sqrt(u**2), Abs(u)),
    "norm": (sqrt(x**2 + y**2) ** 3 / (x**2 + y**2), sqrt(x**2 + y**2)),
    "quotient where defined": ((x**2 - y**2) / (x - y), x + y),
    "unit direction": ((x / sqrt(x**2 + y**2)) ** 2 + (y / sqrt(x**2 + y**2)) ** 2, 1),
    "on the circle": (x**4 + 2 * x**2 * y**2 + y**4, 1, [sp.Eq(x**2 + y**2, 1)]),
    "exponentials": (sp.exp(x) * sp.exp(y), sp.exp(x + y)),
    "assumption in the symbol": (Max(p, -1), p),
    "irrational coefficient": (sqrt(2) * sqrt(2) * relu(x), 2 * relu(x)),
}

HARD = {  # true, and only shown when the sign of one argument is derived from the signs of others
    "absolute product": (Abs(x * y), Abs(x) * Abs(y)),
    "hat by three kinks": (relu(x + 1) - 2 * relu(x) + relu(x - 1), relu(1 - Abs(x))),
    "three-fold maximum": (Max(x, y, z), x + relu(Max(y, z) - x)),
    "same sign": (Abs(x + y), Abs(x) + Abs(y), [x * y > 0]),
    "clipping": (Min(Max(x, 0), 1), relu(x) - relu(x - 1)),
}

FALSE = {
    "relu is linear": (relu(x), x),
    "relu is additive": (relu(x + y), relu(x) + relu(y)),
    "negative factor": (relu(c * x), c * relu(x)),
    "factor forgotten": (relu(p * x), relu(x)),
    "absolute value is x": (Abs(x), x),
    "wrong slope": (Max(x, x / 10), relu(x) - relu(-x) / 9),
    "wrong sign of the slope": (Max(x, x / 10), relu(x) + relu(-x) / 10),
    "half missing": (Max(x, y), x + y + Abs(x - y)),
    "sum for difference": (Max(x, y), (x + y + Abs(x + y)) / 2),
    "square root without absolute value": (sqrt(x**2), x),
    "relu squared as a square": (relu(x) ** 2, x**2),
    "relu squared, off by one": (relu(x) ** 2, relu(x) ** 3),
    "hat too wide": (relu(x + 1) - 2 * relu(x) + relu(x - 1), relu(2 - Abs(x))),
    "hat without its middle": (relu(x + 1) - relu(x) + relu(x - 1), relu(1 - Abs(x))),
    "triangle equality": (Abs(x + y), Abs(x) + Abs(y)),
    "triangle equality on a half space": (Abs(x + y), Abs(x) + Abs(y), [x > 0]),
    "wrong binomial": ((x + y) ** 3, x**3 + 3 * x**2 * y + 3 * x * y**2 - y**3),
    "product of maxima": (Max(x, y) ** 2, Max(x**2, y**2)),
    "maximum and minimum swapped": (Max(x, Min(y, z)), Min(Max(x, y), z)),
    "clipping at the wrong place": (Min(Max(x, 0), 1), relu(x) - relu(x - 2)),
    "the circle is forgotten": (x**4 + 2 * x**2 * y**2 + y**4, 1),
    "wrong radius": (x**2 + y**2, 2, [sp.Eq(x, y)]),
    "almost equal": (relu(x) + R(1, 10**30), relu(x)),
    "almost equal slope": ((1 + R(1, 10**18)) * relu(x), relu(x)),
    "thin strip": (relu(x) - relu(x - R(1, 100)) - R(1, 100), 0),
    "constant": (relu(x) * relu(-x), 1),
    "weak domain": (Abs(x), x, [sp.Ne(x, 0)]),
    "at the kink alone": (Abs(x) * (1 - Abs(x)), 0, [sp.Eq(x * (x - 2), 0)]),
    "exponential of a sum": (sp.exp(x + y), sp.exp(x) + sp.exp(y)),
    "different variables": (x, y),
    "norm without root": (sqrt(x**2 + y**2), x**2 + y**2),
    "norm by absolute values": (sqrt(x**2 + y**2), Abs(x) + Abs(y)),
    "three-fold maximum loses one": (Max(x, y, z), Max(x, y)),
    "right on the boundary only": (relu(x) ** 2, 0, [x >= 0]),
    "zero only at two points": (x**2, 1),
    "product of signs": (Abs(x) * y, x * Abs(y)),
}


@pytest.mark.parametrize("name", TRUE)
def test_true_identities_are_proved(name):
    verdict = decide(equal(*TRUE[name]))
    assert verdict.rigor is Rigor.PROVED, verdict
    assert check(verdict.certificate.data).rigor is Rigor.PROVED


@pytest.mark.parametrize("name", HARD)
def test_true_identities_are_never_refuted(name):
    verdict = decide(equal(*HARD[name]))
    assert verdict.rigor in (Rigor.PROVED, Rigor.UNDECIDED), verdict


@pytest.mark.parametrize("name", FALSE)
def test_false_identities_are_refuted_by_a_witness(name):
    verdict = decide(equal(*FALSE[name]))
    assert verdict.rigor is Rigor.REFUTED, verdict
    assert verdict.witness["kind"] == "witness"


BOUNDARY = {
    "only at one point of the line": (Abs(x) * Abs(x - 3) * (x - 3), 0, [sp.Eq(x * (x - 5), 0)]),
    "only at the kink": (sp.Max(x, 0) + 1, 1, [x <= 0, x >= -1, sp.Ne(x, 0)]),
    "far away": (relu(x - 10**6), 0),
    "thin and far": (relu(R(1, 1000) - Abs(x - 12345)), 0),
    "an irrational point": (relu(R(1, 10**6) - (x**2 - 2) ** 2), 0),
}


@pytest.mark.parametrize("name", BOUNDARY)
def test_no_hard_verdict_is_wrong_where_the_difference_hides(name):
    """False (or, in the second case, true) statements whose counterexamples sampling hardly meets: never a wrong verdict."""
    verdict = decide(equal(*BOUNDARY[name]))
    if name == "only at the kink":
        assert verdict.rigor is not Rigor.REFUTED
    else:
        assert verdict.rigor in (Rigor.REFUTED, Rigor.UNDECIDED), verdict


OPEN = {
    "erf": (sp.erf(x), x, "out-of-fragment: erf"),
    "sine": (sp.sin(x), sp.sin(x) + 1, "out-of-fragment: sin"),
    "derivative of Max": (sp.diff(Max(0, x), x), sp.Heaviside(x), "out-of-fragment: Heaviside"),
    "derivative of a square": (sp.diff(Max(0, x) ** 2, x, 2), 2 * sp.Heaviside(x), "out-of-fragment"),
    "sign": (sp.sign(x) * Abs(x), x, "out-of-fragment: sign"),
    "symbolic power": (2**x, 2**x + 1, "out-of-fragment"),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_outside_the_fragment_is_undecided_and_says_so(name):
    left, right, reason = OPEN[name]
    verdict = decide(equal(left, right))
    assert verdict.rigor is Rigor.UNDECIDED
    assert reason in verdict.reason


EMPTY = ([x > y, y > x], [x * y > 0, x > 0, y < 0], [x > 1, sp.Eq(x * y, 0), sp.Eq(y, 1)], [sp.Eq(x**2 + y**2, 0), x > 0])


@pytest.mark.parametrize("where", EMPTY, ids=str)
def test_an_empty_domain_is_never_proved(where):
    for right in (x, x + 1):
        assert decide(equal(x, right, where)).rigor is Rigor.UNDECIDED


CONTRADICTORY = (
    *EMPTY[:3],
    [x > 0, -x >= 0],
    [sp.Eq(x, 1), x < 0],
    [x**2 > 4, x < 1, x > -1],
    [x > y, y > x + 1],
)


@pytest.mark.parametrize("where", CONTRADICTORY, ids=str)
def test_a_domain_that_is_shown_to_be_empty_is_called_vacuous(where):
    for right in (x, x + 1):
        assert decide(equal(x, right, where)).reason.startswith("vacuous")


def x_decays(form, where):
    """Statements about the square of x along x' = -x."""
    return form(node_of(x**2 / 2), (leaf("x"),), node_of(x**2), node_of(-3 * x**2), {}, tuple(map(relation, where)))


FORMS = {
    "equal": lambda where: equal(y, y, where),
    "at_least": lambda where: at_least(y, y - 1, where),
    "evolves": lambda where: x_decays(Evolves, where),
    "evolves_at_least": lambda where: x_decays(EvolvesAtLeast, where),
    "all": lambda where: every(equal(x, x), at_least(y, y, where)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("where", [[x > 0, -x > 0], [sp.Eq(x, 1), x < 0], [x**2 < 2 * x - 1], [x > 1, x**2 < 1]], ids=str)
def test_no_form_of_statement_is_proved_of_nothing(form, where):
    verdict = decide(FORMS[form](where))
    assert verdict.rigor is Rigor.UNDECIDED
    assert "vacuous: no point has the stated relations" in verdict.reason


NOWHERE = (sp.sqrt(-1 - x**2), sp.log(-(x**2)), sp.cbrt(-1 - x**4))


@pytest.mark.parametrize("term", NOWHERE, ids=str)
def test_what_is_nowhere_defined_is_vacuous(term):
    for statement in (equal(term, y), at_least(term, term - 1)):
        verdict = decide(statement)
        assert verdict.rigor is Rigor.UNDECIDED
        assert verdict.reason.startswith("vacuous: the two sides are nowhere defined")


def test_a_domain_with_a_point_is_never_called_vacuous():
    rng = np.random.default_rng(0)
    forms = (x, y, x - y, x * y, x**2 - y, Abs(x) - y, Max(x, y) - 1, x / 3 + y**3 - sp.Rational(1, 7), 1 / (1 + x**2) - y)
    for _ in range(150):
        point = {x: sp.Rational(int(rng.integers(-6, 7)), 3), y: sp.Rational(int(rng.integers(-6, 7)), 3)}
        where = []
        for form in rng.choice(np.array(forms, object), 3, replace=False):
            at = form.subs(point)
            where.append(sp.Eq(form - at, 0) if rng.random() < 0.3 else form > at - 1 if rng.random() < 0.5 else form <= at)
        assert not is_vacuous(equal(x, y, where).encode()), where


def test_too_many_cases_leave_a_true_statement_undecided(monkeypatch):
    """|x1| + ... + |x5| has 3^5 cases."""
    many = sp.Add(*(Abs(s) for s in sp.symbols("a0:5", real=True)))
    statement = equal(many, many + Max(x, 0) - relu(x))
    assert decide(statement).rigor is Rigor.PROVED
    monkeypatch.setattr("wnproof.prove.identity.CASE_LIMIT", 200)
    verdict = decide(statement)
    assert verdict.rigor is Rigor.UNDECIDED
    assert "cases" in verdict.reason


def test_powers_beyond_the_limit_are_an_error():
    with pytest.raises(WnproofError, match="beyond the limit") as caught:
        decide(equal((x + 1) ** 100_000, x))
    assert caught.value.code == "E-STATEMENT"


def test_verdicts_are_the_same_from_run_to_run():
    statement = equal(*TRUE["distributive"])
    assert decide(statement).certificate.data == decide(equal(*TRUE["distributive"])).certificate.data
