"""A rate proved from the start: no run falls more slowly, and nothing is proved where it is false or there is no room."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from wnproof.arrival.certified_rate import lasting_rate
from wnproof.errors import WnproofError
from wnproof.model.dataset import Dataset
from wnproof.verdict import Rigor

X = np.array([[1.0, 0, 0], [0, 1, 0], [0.5, 0.5, 0.5]])
Y = np.array([0.01, -0.015, 0.005])
RADII = ["1/40", "1/20", "1/10", "1/5"]


def paired(width, seed):
    rng = np.random.default_rng(seed)
    V = np.repeat(rng.standard_normal((width // 2, 3)), 2, axis=0)
    return {"V1": V, "g1": np.linalg.norm(V, axis=1)}, [(-1) ** k for k in range(width)]


def losses(blocks, signs, t_end, steps=400):
    """|f - y|^2 along the flow by small steps of Heun, written from the formulas alone."""
    V, g, c = blocks["V1"].copy(), blocks["g1"].copy(), np.array(signs) / np.sqrt(len(signs))

    def outputs(V, g):
        size = np.linalg.norm(V, axis=1)
        return np.maximum(X @ V.T, 0) @ (c * g / size)

    def slope(V, g):
        size = np.linalg.norm(V, axis=1, keepdims=True)
        u, on, r = V / size, (X @ V.T > 0) * 1.0, outputs(V, g) - Y
        pulled = (on * r[:, None]).T @ X * c[:, None]
        along = np.sum(pulled * u, axis=1)
        return -(g[:, None] / size) * (pulled - along[:, None] * u), -along

    h, found = t_end / steps, []
    for step in range(steps + 1):
        found.append((step * h, float(np.sum((outputs(V, g) - Y) ** 2))))
        dV, dg = slope(V, g)
        eV, eg = slope(V + h * dV, g + h * dg)
        V, g = V + h / 2 * (dV + eV), g + h / 2 * (dg + eg)
    return np.array(found)


@pytest.mark.parametrize("seed", range(4))
def test_no_run_falls_more_slowly_and_the_first_rate_is_an_upper_bound(seed):
    blocks, signs = paired(1000, seed)
    found = lasting_rate(Dataset(X, Y), blocks, signs, RADII)
    assert (found.verdict.rigor, found.verdict.grade) == (Rigor.CERTIFIED, "computed")
    t, square = losses(blocks, signs, 20.0).T
    assert (square <= square[0] * np.exp(-float(found.rate) * t) * (1 + 1e-9)).all()
    first = -(np.log(square[1]) - np.log(square[0])) / t[1]
    assert first == pytest.approx(float(found.at_most), rel=0.02)
    assert first > float(found.rate)


def test_no_rate_where_none_lasts():
    blocks, signs = paired(400, 0)
    for data in (Dataset(X, 20 * Y), Dataset([*X, X[0]], [*Y, 0.02]), Dataset([*X, 2 * X[0]], [*Y, 0.02])):
        found = lasting_rate(data, blocks, signs, RADII)  # large labels; contradictory or parallel samples: no rate at all
        assert (found.verdict.rigor, found.rate) == (Rigor.UNDECIDED, Fraction(0))
    few = lasting_rate(Dataset(X, Y), *paired(2, 0), RADII)
    assert few.verdict.rigor is Rigor.UNDECIDED, "two neurons that move alike leave a residual"


def test_bad_input_is_refused():
    blocks, signs = paired(4, 0)
    data = Dataset(X, Y)
    for wrong, code in (
        ((blocks, signs[:3]), "E-SHAPE"),
        ((blocks, [2, *signs[1:]]), "E-VALUE"),
        (({**blocks, "g1": -blocks["g1"]}, signs), "E-VALUE"),
        (({**blocks, "V1": 0 * blocks["V1"]}, signs), "E-VALUE"),
    ):
        with pytest.raises(WnproofError) as caught:
            lasting_rate(data, *wrong, RADII)
        assert caught.value.code == code
