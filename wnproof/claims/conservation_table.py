"""How many quantities gradient flow keeps for every data set and loss: a table of networks, plain and weight-normalized."""

from __future__ import annotations

from wnproof.claims.claim import claim
from wnproof.claims.statements import every
from wnproof.derive.conservation import conservation_laws
from wnproof.graph.statement import ConservedMatrix, Statement
from wnproof.model.activations import linear, relu
from wnproof.model.network import Network
from wnproof.model.normalizations import exponential_weight_norm, plain, weight_norm

TABLE = {
    Network((2, 2, 2), linear): 3,
    Network((2, 3, 2), linear): 6,
    Network((2, 2, 2, 1), linear): 6,
    Network((2, 5, 2), linear): 14,
    Network((3, 2, 4, 2), linear): 13,
    Network((3, 4, 2), relu): 4,
    Network((2, 2, 1), relu, bias=True): 2,
    Network((2, 3, 3, 1), relu): 6,
} | {
    Network(widths, activation, normalization=normalization): count
    for widths, count in (((2, 2, 1), 4), ((2, 3, 1), 6), ((3, 2, 2), 4), ((2, 2, 2, 1), 7))
    for activation in (linear, relu)
    for normalization in (weight_norm, exponential_weight_norm)
}


@claim(
    "wnproof/conservation-table",
    source="new; derived from first principles",
    controls={
        "one law fewer": dict(more=-1),
        "ReLU layers keep the matrix of linear ones": dict(matrix=True),
        "sums of squares instead of differences": dict(sign=-1),
    },
)
def conservation_table(more: int = 0, matrix: bool = False, sign: int = 1) -> Statement:
    """Networks of up to 22 parameters keep as many independent quantities as the table says, for every data set and loss, and
    each law that is found is one: near some point any more of them, smooth but otherwise arbitrary, have dependent gradients.

    SWN and EWN: |v|^2 of every neuron, and one law per neuron below a plain layer or per pair of normalized layers.
    """
    parts: list[Statement] = []
    for net, count in TABLE.items():
        laws = conservation_laws(net)
        for law in laws.laws:
            squares = {name: q if q > 0 else sign * q for name, q in law.squares.items()}
            form = ConservedMatrix if matrix and law.axis and len(squares) > 1 and net.normalizations[0] is plain else type(law)
            parts.append(form(law.function, law.trained, law.axis, squares, law.linear))
        parts.append(laws.at_most(count + more))
    return every(*parts)
