"""The second engine's Clarke sets: by hand, and against every verdict on random functions with kinks in and beside kinks."""

import random

import pytest

import wnproof as wn
from tests.engine_b import clarke
from tests.soundness.size import sized
from wnproof.certificate import settle
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import argument, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.verdict import Rigor

x, y = argument(0), argument(1)


def at_origin(expr):
    blocks = tuple(Block(name, (), (1,)) for name in "ab")
    return wn.clarke_set(Quantity("f", (pointwise(expr, *(b.leaf for b in blocks)),), ParameterSpace(blocks), {}), [0, 0])


def relu(t):
    return Pw(t, 1, 0, 1)


@pytest.mark.parametrize(
    ("expr", "inside", "outside"),
    [
        (relu(x + y**2) - relu(x), [(1, 0), (0, 0)], [(-1, 0), (2, 0)]),  # 0 > x > -y^2 has the gradient e1
        (relu(x) + relu(y) - relu(x + y), [(1, 0), (0, -1)], [(1, 1)]),
        (relu(-relu(x)), [(0, 0)], [(1, 0)]),
        (relu(x) * y + relu(y) ** 2, [(0, 0)], [(1, 0)]),
    ],
)
def test_what_curves_find(expr, inside, outside):
    there = at_origin(expr)
    assert [clarke.true(there.member(g).encode()) for g in (*inside, *outside)] == [True] * len(inside) + [False] * len(outside)


def drawn(rng, depth):
    """A kink, sum or product of such, now and then bent."""
    kind = rng.random()
    if depth == 0 or kind < 0.15:
        return rng.choice((x, y, x + y, x - y, -x, 2 * y - x, x + y**2, y - x**2, x * y))
    if kind < 0.6:
        return Pw(drawn(rng, depth - 1), *rng.choice(((1, 0, 1), (1, -1, 1), (-2, 1, 1), (1, 0, 2))))
    parts = [drawn(rng, depth - 1), drawn(rng, depth - 1)]
    return rng.choice((1, -1, 2)) * parts[0] + parts[1] if kind < 0.9 else (1 + parts[0]) * parts[1]


@pytest.mark.soundness
def test_no_verdict_on_a_random_function_is_wrong():
    rng, verdicts = random.Random(5), []
    for _ in range(sized(40, 1500)):
        there = at_origin(drawn(rng, 3) + drawn(rng, 2))
        for part in (there, there.decoupled):
            g = rng.choice([*part.gradients, (rng.randint(-3, 3), rng.randint(-3, 3))])
            statement = part.member(g).encode()
            verdicts.append(part.contains(g).rigor)
            if verdicts[-1] is not Rigor.UNDECIDED:
                assert clarke.true(statement) is (verdicts[-1] is Rigor.CERTIFIED), (part.quantity.node.expr, g, part.notion)
    assert {Rigor.CERTIFIED, Rigor.REFUTED} <= set(verdicts)
    assert verdicts.count(Rigor.UNDECIDED) < len(verdicts) / 4


@pytest.mark.soundness
def test_evidence_for_one_vector_shows_nothing_about_another():
    rng, taken = random.Random(6), 0
    for _ in range(sized(20, 400)):
        there = at_origin(drawn(rng, 2) + drawn(rng, 2))
        certificates = [v.certificate for g in ((1, 0), (0, 0), (0, -1)) if (v := there.contains(g)).certificate]
        for certificate in certificates:
            for g in ((1, 1), (0, 1), (1, 0), (-1, 0)):
                verdict = settle(there.member(g).encode(), certificate.evidence, certificate.content["verdict"])
                if verdict.certificate is not None:
                    taken += 1
                    assert clarke.true(there.member(g).encode()) is (verdict.rigor is Rigor.CERTIFIED)
    assert taken
