"""Deep problems that several tests look at: data rounded from a published case, and networks of depth 2 to 4."""

from __future__ import annotations

from wnproof.derive.ncf import ncf
from wnproof.model.activations import leaky_relu, linear, polynomial_relu, relu
from wnproof.model.dataset import Dataset
from wnproof.model.network import Network

X = [
    ["0.618984019", "-0.775099707", "0.1268039"],
    ["-0.749576821", "-0.597593485", "-0.28463418"],
    ["-0.914149068", "-0.104961496", "-0.391554039"],
    ["0.992154395", "0.067413546", "-0.105285659"],
    ["-0.219732245", "-0.521855277", "-0.824248027"],
    ["-0.587883658", "0.724992603", "-0.358857257"],
    ["0.978624677", "-0.204155069", "0.02478809"],
    ["0.901240939", "0.317806176", "-0.294557303"],
]
Y = [1, -1, 1, 1, -1, -1, 1, -1]
# positive values of the leaky network 3-3-3-1 that chains give, from brute force over sign vectors in floating point
CHAIN_VALUES = (
    0.000585, 0.0049067, 0.0555382, 0.1939941, 0.2090312, 0.2181037, 0.2183136, 0.2391926, 0.2492855, 0.257708, 0.408313,
)  # fmt: skip
SMOOTH_VALUES = (0.055538, 0.218314, 0.249286, 0.408313)  # of those, the smooth ones that ascent reaches

NETWORKS = {
    "leaky 3-3-3-1": ((3, 3, 3, 1), leaky_relu("1/10")),
    "leaky 3-4-1": ((3, 4, 1), leaky_relu("1/10")),
    "leaky 3-2-2-2-1": ((3, 2, 2, 2, 1), leaky_relu("1/10")),
    "leaky 3-3-3-3-1": ((3, 3, 3, 3, 1), leaky_relu("1/10")),
    "linear 3-3-3-1": ((3, 3, 3, 1), linear),
    "squared 3-3-1": ((3, 3, 1), polynomial_relu(2)),
    "squared 3-2-2-1": ((3, 2, 2, 1), polynomial_relu(2)),
    "squared leaky 3-2-2-2-1": ((3, 2, 2, 2, 1), polynomial_relu(2, "1/10")),
    "relu 3-3-2-1": ((3, 3, 2, 1), relu),
}


def problem(name, bias=False):
    widths, activation = NETWORKS[name]
    return ncf(Network(widths, activation, bias=(bias, *[False] * (len(widths) - 2))), Dataset(X, Y))
