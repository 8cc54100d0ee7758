"""The second engine counts for itself: the rank of every word list, and quadratic laws by linear algebra over Q."""

import json

import pytest

import wnproof as wn
from tests.engine_b import falsify, polynomials

NETS = {
    "linear": (wn.Network((2, 3, 2), wn.linear), 6),
    "square linear": (wn.Network((2, 2, 2), wn.linear), 3),
    "three linear layers": (wn.Network((2, 2, 2, 1), wn.linear), 6),
    "linear with biases": (wn.Network((2, 2, 2), wn.linear, bias=(True, True)), 3),
    "relu": (wn.Network((3, 4, 2), wn.relu), 4),
    "relu with a bias": (wn.Network((2, 2, 1), wn.relu, bias=True), 2),
    "three relu layers": (wn.Network((2, 2, 2, 1), wn.relu), 4),
    "squared relu": (wn.Network((2, 2, 1), wn.polynomial_relu(2)), 2),
}


@pytest.mark.parametrize("name", NETS)
def test_the_second_engine_finds_the_same_number(name):
    net, count = NETS[name]
    laws = wn.conservation_laws(net)
    assert laws.independent == count
    fields = json.loads(laws.complete.certificate.data)
    statement = fields["statement"]
    assert statement["count"] == count
    assert polynomials.rank(statement, fields["evidence"]) == net.size - count
    assert falsify.quadratic_laws(json.dumps({**statement, "count": 0, "sizes": {**statement["sizes"], "i": 1}})) == count


def test_the_second_engine_refutes_a_smaller_count():
    statement = json.loads(wn.conservation_laws(NETS["linear"][0]).complete.certificate.data)["statement"]
    values = falsify.read_point(wn.conservation_laws(NETS["linear"][0]).enough.witness["values"], statement, statement["sizes"])
    answers = [falsify.false_at({**statement, "count": count}, statement["sizes"], values) for count in (5, 6, 7)]
    assert answers == [True, False, False]
