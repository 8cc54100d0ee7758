"""Bugs planted in what the exact engines and the runs are fed with: no wrong certified verdict, and no run supports a claim.

Searches, proposals and integrators are not trusted. What they hand over wrong is either corrected by what judges it, and the
answer is the true one, or there is no answer.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

import wnproof as wn
from wnproof.arrival import certified_rate, enclosure, lazy, spherical
from wnproof.claims import kumar_haupt_iris, new_ground_counts
from wnproof.claims.claim import REGISTRY, check_claim, select
from wnproof.derive import conservation, wide
from wnproof.derive.conservation import conservation_laws
from wnproof.derive.polynomial_laws import _System
from wnproof.derive.sphere import sphere_problem
from wnproof.kkt import bound as bounds
from wnproof.kkt import branch_and_bound, classes, krawczyk, margin
from wnproof.kkt.branch_and_bound import BranchAndBound
from wnproof.kkt.eigenpairs import Homotopy
from wnproof.kkt.homotopy import Ends, ends
from wnproof.kkt.points import KKTSet
from wnproof.kkt.solve import kkt_points
from wnproof.prove import decide as prover
from wnproof.prove import rank
from wnproof.prove.sos import square_bound
from wnproof.verdict import Rigor

select()
X, Y = sp.symbols("x y")
CUBIC = sphere_problem(X**3 - 2 * X * Y**2, (X, Y))
VALUES = [1, 0.628539361055, 0.628539361055, -0.628539361055, -0.628539361055, -1]
HARD = (Rigor.PROVED, Rigor.CERTIFIED)


def rng():
    return np.random.default_rng(0)


def honest(found):
    """A list that is called complete is the true one."""
    values = [point.value for point in found]
    assert found.complete.rigor not in HARD or values == pytest.approx(VALUES)
    return found.complete.rigor in HARD


# complete lists of forms: paths of the homotopy, boxes of branch and bound, Krawczyk's test ------------------------------


def noise(x):
    drawn = rng().standard_normal(x.shape) + 1j * rng().standard_normal(x.shape)
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


PATHS = {
    "all end at random points": lambda e: Ends(noise(e.x), np.ones(len(e.x), dtype=bool)),
    "one is lost": lambda e: Ends(e.x[1:], e.simple[1:]),
    "all end where the first one does": lambda e: Ends(np.repeat(e.x[:1], len(e.x), axis=0), e.simple),
    "they end nearby": lambda e: Ends(e.x + 0.05 * noise(e.x), e.simple),
    "they end at the conjugates of shifted points": lambda e: Ends((e.x + 0.2j).conj(), e.simple),
    "none is called simple": lambda e: Ends(e.x, np.zeros(len(e.x), dtype=bool)),
    "one ends twice": lambda e: Ends(np.concatenate([e.x, e.x[:1]]), np.concatenate([e.simple, e.simple[:1]])),
}


def test_nothing_is_planted():
    assert honest(Homotopy().solve(CUBIC))
    assert honest(BranchAndBound().solve(CUBIC))


@pytest.mark.parametrize("name", PATHS)
def test_paths_of_the_homotopy(monkeypatch, name):
    monkeypatch.setattr(classes, "ends", lambda *args: PATHS[name](ends(*args)))
    honest(Homotopy().solve(CUBIC))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda form, box: rng().standard_normal((1, 1)) + 0j,
        lambda form, box: np.zeros((1, 1), dtype=complex),
        lambda form, box: None,
    ],
    ids=["random", "zero", "none"],
)
def test_the_preconditioner_of_krawczyk_s_test(monkeypatch, wrong):
    monkeypatch.setattr(krawczyk, "preconditioner", wrong)
    honest(Homotopy().solve(CUBIC))
    honest(BranchAndBound().solve(CUBIC))


@pytest.mark.parametrize("keep", [0, 1, 2])
def test_branch_and_bound_loses_classes(monkeypatch, keep):
    right = branch_and_bound.Cover._look

    def look(self, *args):
        right(self, *args)
        del self.classes[keep:], self.cubes[:]

    monkeypatch.setattr(branch_and_bound.Cover, "_look", look)
    assert not honest(BranchAndBound().solve(CUBIC))


def test_branch_and_bound_combines_equations_by_a_random_matrix(monkeypatch):
    monkeypatch.setattr(branch_and_bound, "_inverses", lambda m: rng().standard_normal(m.shape))
    honest(BranchAndBound().solve(CUBIC))


# margins, upper bounds -------------------------------------------------------------------------------------------------

MARGIN = (
    wn.Network((3, 4, 1), wn.leaky_relu("1/4"), fixed={"W2": [[1, 1, -1, -1]]}, scale="1/2"),
    wn.Dataset(np.eye(3), [1, 1, -1]),
)
TRUE_SIZES = (2 / (1 + Fraction(1, 4) ** 2),) * 3


@pytest.mark.parametrize("support", [[0], [0, 1], [2], [0, 2]], ids=str)
def test_the_margin_s_solver_proposes_the_wrong_samples(monkeypatch, support):
    monkeypatch.setattr(margin, "_proposals", lambda H: iter([support]))
    for point in wn.margin_kkt(*MARGIN).points:
        assert point.verdict.rigor is not Rigor.CERTIFIED or point.sizes == TRUE_SIZES


SIZES = {
    "the wrong sign": lambda s: tuple(-q for q in s),
    "twice as large": lambda s: tuple(2 * q for q in s),
    "one is lost": lambda s: (Fraction(0), *s[1:]),
    "in another order": lambda s: (s[0] + 1, s[1] - 1, s[2]),
}


@pytest.mark.parametrize("name", SIZES)
def test_multipliers_of_a_margin_that_were_not_computed_right(monkeypatch, name):
    right = margin._multipliers
    monkeypatch.setattr(margin, "_multipliers", lambda H: SIZES[name](right(H)))
    for point in wn.margin_kkt(*MARGIN).points:
        assert point.verdict.rigor not in HARD


SOLVED = {
    "half the bound": lambda b: replace(b, g=b.g / 2),
    "the wrong sign": lambda b: replace(b, g=-b.g, residual=0.0, deficit=0.0),
    "no bound": lambda b: None,
    "a random Gram matrix": lambda b: replace(b, gram=rng().standard_normal(b.gram.shape)),
}


@pytest.mark.parametrize("name", SOLVED)
def test_the_semidefinite_solver_answers_wrong(monkeypatch, name):
    monkeypatch.setattr(bounds, "square_bound", lambda *args: SOLVED[name](square_bound(*args)))
    found = bounds.upper_bound(CUBIC)
    assert found.verdict.rigor is not Rigor.PROVED or found.value >= 1


# conservation laws ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("degree", [Fraction(1), Fraction(3), Fraction(-2)])
def test_laws_are_proposed_from_a_wrong_degree(monkeypatch, degree):
    net = wn.Network((2, 3, 1), wn.polynomial_relu(2))
    monkeypatch.setattr(type(net.activation), "degree", property(lambda self: degree), raising=False)
    laws = conservation_laws(net)
    assert laws.verdict.rigor is not Rigor.PROVED


def test_a_layer_is_paired_with_the_wrong_one(monkeypatch):
    net, right = wn.Network((2, 2, 2, 1), wn.relu), conservation._law

    def law(net, incoming, outgoing, axis, trained):
        found = right(net, incoming, outgoing, axis, trained)
        return None if found is None else replace(found, squares={"W1": Fraction(1), "W3": Fraction(-1)}, axis=None)

    monkeypatch.setattr(conservation, "_law", law)
    monkeypatch.setattr(conservation, "_matrix", lambda law: None)
    found = conservation_laws(net)
    for one in found.laws:
        assert wn.decide(one).rigor is (Rigor.PROVED if one.axis is None else Rigor.UNDECIDED)  # |W1|^2 - |W3|^2 is a law, too


def test_the_count_of_laws_is_claimed_too_small():
    laws = conservation_laws(wn.Network((2, 2, 1), wn.relu))
    assert laws.complete.rigor is Rigor.PROVED
    assert wn.decide(laws.at_most(laws.independent - 1)).rigor is Rigor.REFUTED


@pytest.mark.parametrize("words", [[], [0, 0, 0], [0] * 8], ids=str)
def test_directions_that_do_not_span_are_proposed(monkeypatch, words):
    laws = conservation_laws(wn.Network((2, 2, 1), wn.relu))
    right = rank.rank_evidence
    monkeypatch.setattr(prover, "rank_evidence", lambda *args: ({**evidence, "words": words} for evidence in right(*args)))
    assert laws.complete.rigor not in HARD


def test_polynomial_laws_lose_their_conditions_or_their_products(monkeypatch):
    laws = conservation_laws(wn.Network((1, 2, 1), wn.relu))
    assert laws.polynomials(2).verdict.rigor is Rigor.CERTIFIED
    with monkeypatch.context() as m:
        m.setattr(_System, "conditions", lambda self, seed, powers: [])
        assert laws.polynomials(2).verdict.rigor is Rigor.UNDECIDED
    with monkeypatch.context() as m:
        m.setattr(_System, "span", lambda self, known, degree: 1)
        assert laws.polynomials(2).verdict.rigor is Rigor.UNDECIDED


# kernels of wide networks, rates, enclosures ----------------------------------------------------------------------------

MATRIX = [[wide.arb(2), wide.arb(1)], [wide.arb(1), wide.arb(2)]]


@pytest.mark.parametrize("vector", [[1, 0], [1, 1], [3, -2], [1e-9, 1]], ids=str)
def test_a_wrong_eigenvector(monkeypatch, vector):
    monkeypatch.setattr(wide, "_eigenvector", lambda A: [wide.arb(x) for x in vector])
    found = wide.least_eigenvalue(MATRIX)
    assert found.lower <= 1 <= found.upper


def test_random_eigenvectors_of_data(monkeypatch):
    data, net = lazy.sphere_data(3), lazy.wide_network(2)
    true = wn.ntk(net).limit(data)
    monkeypatch.setattr(wide, "_eigenvector", lambda A: [wide.arb(float(x)) for x in rng().standard_normal(len(A))])
    found = wn.ntk(net).limit(data)
    for name in ("lambda_0", "mu_0", "h_0"):
        assert getattr(found, name).lower <= getattr(true, name).upper
        assert getattr(found, name).upper >= getattr(true, name).lower


@pytest.mark.parametrize("radii", [[], ["1/1000000"], [5], ["1/10", 1000]], ids=str)
def test_radii_that_prove_nothing_or_too_much(radii):
    V = np.repeat(rng().standard_normal((200, 5)), 2, axis=0)
    data = lazy.sphere_data(3)
    few = wn.Dataset(data.exact_X[:4].tolist(), [y / 16 for y in data.exact_y[:4].tolist()])
    given = ({"V1": V, "g1": np.linalg.norm(V, axis=1)}, [(-1) ** k for k in range(400)])
    if not radii:
        with pytest.raises(wn.WnproofError):
            certified_rate.lasting_rate(few, *given, radii)
        return
    found = certified_rate.lasting_rate(few, *given, radii)
    assert found.rate <= found.at_most
    assert (found.verdict.rigor is Rigor.CERTIFIED) == (radii[0] == "1/10")


TENSOR = sphere_problem(3 * X**3 + 2 * Y**3, (X, Y))
CURVES = {
    "its coefficients are random": lambda c: c + 0.1 * rng().standard_normal(c.shape),
    "it runs backwards": lambda c: c * (-1.0) ** np.arange(len(c))[:, None],
    "it stands still": lambda c: np.concatenate([c[:1], 0 * c[1:]]),
    "it loses an order": lambda c: c * (np.arange(len(c)) != 2)[:, None],
}


@pytest.mark.parametrize("name", CURVES)
def test_the_followed_curve_is_wrong(monkeypatch, name):
    """Its defect says so: the ball grows, and the arrival is not called certain, or it is the true one."""
    maximum = kkt_points(TENSOR)[0]
    start = [2.0, 1.0]
    assert enclosure.enclose_arrival(TENSOR, start, maximum, radius=1e-6).verdict.rigor is Rigor.CERTIFIED
    other = next(p for p in kkt_points(TENSOR) if p.value == pytest.approx(2))
    right = spherical.SphericalForm.taylor
    monkeypatch.setattr(spherical.SphericalForm, "taylor", lambda self, *args: CURVES[name](right(self, *args)))
    for away in (start, [0.2, 0.3]):
        assert enclosure.enclose_arrival(TENSOR, away, other, radius=1e-6, steps=200).verdict.rigor is not Rigor.CERTIFIED


def test_a_point_that_does_not_attract_or_is_none():
    points = kkt_points(TENSOR)
    saddle = next(p for p in points if p.kind is not wn.Kind.MAXIMUM)
    for wrong in (saddle, replace(points[0], u=np.array([0.8, 0.6]))):
        assert enclosure.enclose_arrival(TENSOR, wrong.u, wrong, radius=1e-9).verdict.rigor is Rigor.UNDECIDED


# claims that rest on lists ----------------------------------------------------------------------------------------------

LISTS = {
    "a point is lost": lambda points: points[1:],
    "the last is lost": lambda points: points[:-1],
    "a kind is wrong": lambda points: (replace(points[0], kind=wn.Kind.SADDLE), *points[1:]),
    "a value is wrong": lambda points: (replace(points[0], value_squared=points[0].value_squared * 2), *points[1:]),
    "there is none": lambda points: (),
}


def with_points(found, points):
    return KKTSet(points, found.families, found.complete, found.notion)


@pytest.mark.parametrize("name", LISTS)
def test_counts_of_kkt_points(monkeypatch, name):
    def damaged(problem):
        found = kkt_points(problem)
        return with_points(found, LISTS[name](found.points))

    monkeypatch.setattr(new_ground_counts, "kkt_points", damaged)
    entry = REGISTRY["wnproof/kkt-counts"]
    small = {(new_ground_counts.TWO, 6): (2, 0, 2)}
    found = wn.decide(entry.state(counts=small))
    assert found.rigor not in HARD


def test_eigenvectors_that_are_none(monkeypatch):
    def points(problem):
        found = kkt_points(problem)
        return with_points(found, tuple(replace(p, u=p.u + 0.3 * np.roll(p.u, 1)) for p in found))

    monkeypatch.setattr(kumar_haupt_iris, "kkt_points", points)
    assert wn.decide(REGISTRY["kumar-haupt-2h-2024/eigenvalues-of-iris"].state()).rigor not in HARD


# runs ------------------------------------------------------------------------------------------------------------------

RIGHT_STEPS = lazy.trained


def drifting(velocity, theta, t_end, steps, seen):
    """Every step is followed by a push."""
    return RIGHT_STEPS(lambda at: velocity(at) + 1, theta, t_end, steps, seen)


def backwards(velocity, theta, t_end, steps, seen):
    return RIGHT_STEPS(lambda at: -velocity(at), theta, t_end / 20, max(steps // 20, 2), seen)


def half_speed(velocity, theta, t_end, steps, seen):
    return RIGHT_STEPS(lambda at: velocity(at) / 2, theta, t_end, steps, seen)


@pytest.mark.parametrize("wrong", [drifting, backwards, half_speed], ids=lambda f: f.__name__)
def test_an_integrator_that_is_wrong_supports_no_rate(monkeypatch, wrong):
    monkeypatch.setattr(lazy, "trained", wrong)
    run = lazy.ResidualDecay(0.3, width=300, decades=4.0)
    statement = wn.near(run, run.expected, 0.2 * run.expected, (run.lambda_0 / 0.3**4, 2 * run.mu_0))
    with np.errstate(all="ignore"):
        assert wn.decide(statement).rigor is Rigor.UNDECIDED


def test_a_sample_that_is_lost_on_the_way_to_the_run(monkeypatch):
    run = lazy.ResidualDecay(0.3, width=300, decades=4.0)
    expected, wrong = run.expected, (run.lambda_0 / 0.3**4, 2 * run.mu_0)
    right = lazy.sphere_data(3)
    monkeypatch.setattr(lazy, "sphere_data", lambda seed: wn.Dataset(right.exact_X[:2].tolist(), right.exact_y[:2].tolist()))
    lost = lazy.ResidualDecay(0.3, width=300, decades=4.0)
    assert wn.decide(wn.near(lost, expected, 0.2 * expected, wrong)).rigor is Rigor.UNDECIDED


def test_directions_that_are_not_measured_support_no_exponent(monkeypatch):
    monkeypatch.setattr(lazy, "trained", lambda velocity, theta, *_: theta * (1 + 1e-3 * rng().standard_normal(theta.shape)))
    run = lazy.DirectionMovement(width=100)
    assert wn.decide(wn.rate(run, -2, rejects=(-1, -3))).rigor is Rigor.UNDECIDED


@pytest.mark.parametrize("estimate", [np.nan, np.inf, -np.inf, 1e300])
def test_a_measured_number_that_is_none(estimate):
    class Run:
        text, uncertainty, runs, failure = "a run", 0.0, 1, ""

    run = Run()
    run.estimate = estimate
    assert wn.decide(wn.rate(run, 2, rejects=(1, 3))).rigor is Rigor.UNDECIDED


def test_a_broken_integrator_is_seen_by_the_claim_itself(monkeypatch):
    monkeypatch.setattr(lazy, "trained", drifting)
    assert not check_claim(REGISTRY["dukler-2020/lazy-direction"]).ok
