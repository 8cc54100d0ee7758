"""One list at any size of the data, and no certificate for points that are not on it."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from wnproof.certificate import settle
from wnproof.kkt.arrangement import Exact, neuron_kkt_points
from wnproof.kkt.isolated import Isolated
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import Kind, clarke, decoupled
from wnproof.kkt.said import point_statement
from wnproof.verdict import Rigor


def sample(seed, d):
    rng = random.Random(f"scaled {seed}")
    X = [[rng.randint(-3, 3) for _ in range(d)] for _ in range(5)]
    X[1] = [-e for e in X[0]]
    return X, [rng.choice((-2, -1, 1, 2)) for _ in X], ("0", "1/10")[seed % 2]


@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
@pytest.mark.parametrize("d", [2, 3, 4])
@pytest.mark.parametrize("power", [-12, -5, 5, 12])
def test_one_list_at_any_size(power, d, notion):
    scale = Fraction(10) ** power
    for seed in range(3):
        X, y, slope = sample(seed, d)
        outer = (1, None)[seed % 2]
        plain = Exact(replay=0).solve(Neuron.of(X, y, slope=slope, outer=outer), notion)
        scaled = Exact(replay=0).solve(
            Neuron.of([[e * scale for e in x] for x in X], [c * scale for c in y], slope=slope, outer=outer), notion
        )
        assert [p.value_squared * scale**4 for p in plain] == [p.value_squared for p in scaled]
        for a, b in zip(plain, scaled, strict=True):
            assert (a.hidden_direction, a.outer_sign, a.kind, a.slopes) == (b.hidden_direction, b.outer_sign, b.kind, b.slopes)
        assert [(f.rays, f.kind, f.boundary) for f in plain.families] == [(f.rays, f.kind, f.boundary) for f in scaled.families]


def test_perturbed_and_invented_points_are_never_certified():
    """1,000 directions near listed ones, or anywhere, none of them listed."""
    tried = 0
    for seed in range(20):
        d = 2 + seed % 2
        X, y, slope = sample(seed, d)
        neuron, rng = Neuron.of(X, y, slope=slope), random.Random(seed)
        kkt = neuron_kkt_points(neuron)
        listed = {tuple(int(e) for e in p.hidden_direction) for p in kkt}
        assert all(p.verdict.rigor is Rigor.CERTIFIED for p in kkt)
        for _ in range(60):
            w = tuple(rng.randint(-9, 9) for _ in range(d))
            if listed and rng.random() < 0.6:
                w = tuple(e * 10 ** rng.choice((1, 3, 9)) for e in rng.choice(sorted(listed)))
                k = rng.randrange(d)
                w = tuple(e + (j == k) * rng.choice((-1, 1)) for j, e in enumerate(w))
            if parallel(w, listed) or not any(w) or vanishes(neuron, w):
                w = (*w[:-1], w[-1] + 1009)
            if parallel(w, listed) or vanishes(neuron, w):
                continue
            invented = Isolated(w, None, Fraction(1), Kind.SADDLE, None, {})
            assert settle(point_statement(neuron, clarke, invented), {"kind": "arrangement"}, claims="certified").rigor is not (
                Rigor.CERTIFIED
            ), (seed, w)
            tried += 1
    assert tried >= 1000


def parallel(w, listed):
    return any(all(a * f == b * e for a, e in zip(w, v, strict=True) for b, f in zip(w, v, strict=True)) for v in listed)


def vanishes(neuron, w):
    """N(w) = 0: such points may lie in a family."""
    z = [sum(a * b for a, b in zip(x, w, strict=True)) for x in neuron.X]
    return not sum(c * (t if t > 0 else neuron.slope * t) for t, c in zip(z, neuron.y, strict=True))
