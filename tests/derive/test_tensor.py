"""Symmetric tensors as forms; others are refused with the entries that differ."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.kkt.test_multistart import TENSOR, VALUES
from wnproof.derive.tensor import tensor_problem
from wnproof.errors import WnproofError
from wnproof.kkt.solve import kkt_points


def full():
    T = np.empty((3,) * 4, dtype=object)
    for index in itertools.product(range(3), repeat=4):
        T[index] = TENSOR["".join(str(k + 1) for k in sorted(index))]
    return T


def test_the_reference_tensor_from_its_entries():
    found = kkt_points(tensor_problem(full().tolist()))
    assert [point.value for point in found[::2]] == pytest.approx(list(VALUES), abs=1e-12)
    T = full().astype(float)
    for point in found:
        assert np.einsum("ijkl,j,k,l->i", T, point.u, point.u, point.u) == pytest.approx(point.value * point.u, abs=1e-14)


def test_a_tensor_that_is_not_symmetric_is_refused():
    T = full()
    T[2, 0, 1, 1] = "0.19"
    with pytest.raises(WnproofError, match=r"E-VALUE.*T\[0, 1, 1, 2\] = .*T\[2, 0, 1, 1\] = 19/100.*no KKT points"):
        tensor_problem(T)
    with pytest.raises(WnproofError, match=r"E-VALUE.*T\[0, 1\] = 2 and T\[1, 0\] = 3"):
        tensor_problem([[1, 2], [3, 4]])


@pytest.mark.parametrize(
    ("entries", "match"),
    [
        ([[1, 2, 3], [4, 5, 6]], "E-SHAPE.*2x3"),
        (3, "E-SHAPE.*a number"),
        ([], "E-SHAPE"),
        ([[0, 0], [0, 0]], "E-VALUE.*zero"),
        ([[float("nan")]], "E-NONFINITE"),
        (np.zeros((60, 60, 60)), "E-SIZE.*216000"),
    ],
    ids=["not a cube", "a number", "empty", "zero", "nan", "large"],
)
def test_mistakes(entries, match):
    with pytest.raises(WnproofError, match=match):
        tensor_problem(entries)
