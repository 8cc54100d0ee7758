"""The sieve misses no KKT point: the same list as from every face of the arrangement, for data full of ties and of every size."""

from __future__ import annotations

import random
from fractions import Fraction

import numpy as np
import pytest

from wnproof.kkt.circle import merge
from wnproof.kkt.count import sets_of
from wnproof.kkt.face import Lines
from wnproof.kkt.flag import flag_of
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import clarke, decoupled
from wnproof.kkt.scan import scan
from wnproof.kkt.space import critical_faces, faces, kkt_in_space


def tied(seed):
    """Integers with ties; every fifth set with entries of ten digits that fall out of the range of exact determinants."""
    rng = random.Random(seed)
    d = rng.choice((3, 3, 3, 4, 4, 5))
    n = rng.choice((4, 5, 6, 7, 8) if d < 5 else (5, 6, 7))
    largest = rng.choice((1, 1, 2, 2, 9))
    X = [[rng.randint(-largest, largest) for _ in range(d)] for _ in range(n)]
    if rng.random() < 0.3:
        X[1] = [-e for e in X[0]]
    if rng.random() < 0.5:
        X[2] = [a + b for a, b in zip(X[0], X[1], strict=True)]
    if rng.random() < 0.2:
        X = [[*row[:-1], 0] for row in X]
    if seed % 5 == 0:
        X = [[e * 10**9 + rng.choice((0, 0, 1)) for e in row] for row in X]
    y = [rng.choice((-2, -1, -1, 0, 1, 1, 2)) for _ in range(n)]
    y[0], X[0][0] = y[0] or 1, X[0][0] or 1
    return Neuron.of(X, y, slope=rng.choice((Fraction(0), Fraction(0), Fraction(1, 10), Fraction(1, 2), Fraction(-1))))


def described(found):
    return {(face.signs.tobytes(), face.rays if not any(face.pull) else None) for face in found}


def is_critical(face):
    if any(face.pull):
        return face.critical_direction is not None and face.balance is not None
    return bool(face.rays or face.lines.straight) and face.balance is not None


@pytest.mark.parametrize("notion", [clarke, decoupled], ids=str)
@pytest.mark.parametrize("block", range(4))
def test_the_critical_faces_are_those_among_all_faces(block, notion):
    for seed in range(12 * block, 12 * block + 12):
        lines = Lines(merge(tied(seed))[0])
        every = described(face for face in faces(lines, notion) if face.signs.any() and is_critical(face))
        assert described(critical_faces(lines, notion, scan(lines.items, notion).signs)) == every, seed


def test_scaled_rows_have_the_same_candidates():
    lines, _ = merge(tied(7))
    doubled, _ = merge(Neuron.of([[10**12 * e for e in line.normal] for line in lines], [line.right for line in lines], slope=0))
    once, _ = merge(Neuron.of([line.normal for line in lines], [line.right for line in lines], slope=0))
    assert np.array_equal(scan(once, clarke).signs, scan(doubled, clarke).signs)


def test_exact_and_doubtful_determinants_give_the_same_list():
    """Rows of very different primitive lengths leave the exact range; a common linear map keeps all signs."""
    rng = random.Random(3)
    X = [[rng.randint(-3, 3) for _ in range(3)] for _ in range(20)]
    stretched = [[a, b + 10**13 * a, c + 10**13 * b] for a, b, c in X]
    lines = [merge(Neuron.of(rows, [1] * 20, slope=0))[0] for rows in (X, stretched)]
    exact = [flag_of([line.normal for line in some]).levels[0].exact for some in lines]
    assert exact == [True, False]
    patterns = [{min(s.tobytes(), (-s).tobytes()) for s in (f.signs for f in faces(Lines(some), clarke))} for some in lines]
    assert len(patterns[0]) == len(patterns[1])
    for some in lines:
        every = described(face for face in faces(Lines(some), clarke) if is_critical(face))
        assert described(critical_faces(Lines(some), clarke, scan(some, clarke).signs)) == every


def test_subsets_come_in_blocks():
    found = [tuple(row) for block in sets_of(6, 2, 4) for row in block]
    assert len(found) == len(set(found)) == 15


def test_iris_lists_are_short():
    from wnproof.model.datasets import iris

    X = [[str(entry) for entry in row[:3]] for row in iris().exact_X]
    found = kkt_in_space(Neuron.of(X, [1] * 50 + [-1] * 100, slope="1/10"), clarke)
    assert 1 <= len(found.points) <= 10
    assert not found.cones
    assert found.swept.tally.rays == 9868
