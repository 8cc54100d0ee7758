"""Claims without a hypothesis: refuted at a small exact point where it is necessary, proved where it is not."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp

from wnproof import cli
from wnproof.claims.claim import REGISTRY, Claim, select
from wnproof.claims.dropped import hypotheses, without
from wnproof.claims.statements import at_least, equal, every
from wnproof.errors import WnproofError
from wnproof.verdict import Rigor

x, y = sp.symbols("x y", real=True)


def made(statement):
    return Claim("test/made", lambda: statement, "test", {}, Rigor.PROVED)


def test_hypotheses_are_told_by_what_they_say():
    statement = every(equal(sp.Abs(x), x, x > 0), at_least(x * y, 0, [x > 0, y >= 1]), equal(1, 1))
    assert list(hypotheses(statement)) == ["x > 0", "y - 1 >= 0"]
    assert [len(found) for found in hypotheses(statement).values()] == [2, 1]


def test_a_necessary_hypothesis_has_a_small_point_against_the_rest():
    found = without(made(at_least(x**3, x**2, x >= 1)), "x - 1 >= 0")
    assert found.necessary
    value = Fraction(found.point["x"])
    assert value**3 < value**2
    assert abs(value) <= 1
    assert str(found) == f"test/made without x - 1 >= 0: refuted at x = {value}"


def test_only_the_parts_that_have_it_are_decided():
    found = without(made(every(equal(sp.Abs(y), y, y > 0), equal(x**2, x * x, x > 0))), "x > 0")
    assert found.necessary is False
    assert found.point == {}
    assert "not needed" in str(found)


def test_what_cannot_be_shown_is_undecided():
    found = without(made(at_least(sp.exp(x) - 1 - x + x**2 / 10**9, 0, x > 1000)), "x - 1000 > 0")
    assert found.necessary is None
    assert "undecided" in str(found)


def test_an_unknown_hypothesis_names_the_known_ones():
    select()
    with pytest.raises(WnproofError, match="its hypotheses: c > 0") as caught:
        without(REGISTRY["core/relu-homog"], "c < 0")
    assert caught.value.code == "E-NAME"
    with pytest.raises(WnproofError, match="none that can be dropped"):
        without(REGISTRY["core/balance-layer"], "x > 0")


def test_tensors_are_made_small_too():
    select()
    found = without(REGISTRY["core/rescale"], "delta > 0")
    numbers = [Fraction(number) for value in found.point.values() for number in _flat(value)]
    assert found.necessary
    assert max(map(abs, numbers)) <= 3


def _flat(value):
    return [number for item in value for number in _flat(item)] if isinstance(value, list) else [value]


def test_the_command(capsys):
    assert cli.run(["verify", "core/relu-homog", "--drop", "all"]) == 0
    assert capsys.readouterr().out == "core/relu-homog without c > 0: refuted at c = -1, z = 1\n"
    assert cli.run(["verify", "core/relu-homog", "--drop", "z > 0"]) == 4
    assert cli.run(["claims", "core/relu-homog"]) == 0
    assert "supposes:   c > 0" in capsys.readouterr().out
