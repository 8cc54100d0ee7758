"""Dukler, Gu and Montufar, optimization theory for ReLU networks trained with normalization layers (arXiv 2006.06878).

Two layers, f(x) = m^(-1/2) sum_k c_k sigma(g_k v_k^T x / |v_k|) with ReLU and fixed c_k. Kernels are sums over neurons, so that
one neuron, any c_k, shows what m neurons do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import sympy as sp

from wnproof.claims.claim import claim
from wnproof.claims.simulated import Simulated, near
from wnproof.claims.statements import at_least, every
from wnproof.derive.flow import gradient_flow
from wnproof.derive.hypotheses import no_parallel, unit_norm
from wnproof.derive.ntk import SECOND, ntk
from wnproof.derive.wide import WideLimit
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Leaf, Node, add, argument, contract, leaf, multiply, ones, pointwise
from wnproof.graph.relabel import relabel, substitute
from wnproof.graph.statement import Equal, Evolves, Relation, Statement
from wnproof.kernels.kernel import kernel
from wnproof.model.activations import relu
from wnproof.model.dataset import Dataset
from wnproof.model.initial import dukler
from wnproof.model.losses import square
from wnproof.model.network import SAMPLES, Network
from wnproof.model.normalizations import weight_norm
from wnproof.verdict import Rigor

SOURCE = "[paper] arXiv 2006.06878 for the setting, the statement reconstructed; the identities are derived from first principles"
MEMORY = "[memory] arXiv 2006.06878, the rate; the step from the kernel's bound to the rate is derived, the width is not treated"
X, Z = leaf("X", (SAMPLES, "h0")), leaf("Z", (SECOND, "h0"))
V, g, c = leaf("V1", ("h1", "h0")), leaf("g1", ("h1",)), leaf("W2", ("h1",))
alpha = leaf("alpha")
ASSUMPTIONS = (no_parallel, unit_norm)
POSITIVE: tuple[Relation, ...] = ((">", alpha), (">", g))
_squares = contract((V, V), ("h1",))


def _network(dimension: int) -> Network:
    return Network((dimension, 1, 1), relu, normalization=weight_norm, fixed={"W2": None})


def _at(node: Node) -> Node:
    """A kernel between samples X and free vectors Z, of which X are a case."""
    return substitute(node, {leaf("X", (SECOND, "h0")): Z})


def _gram(slopes: Node) -> Node:
    return _at(contract((slopes, relabel(slopes, {SAMPLES: SECOND})), (SAMPLES, SECOND)))


def _direction_slopes(projected: bool = True) -> Node:
    """alpha c_k g_k / |v_k| 1[v_k.x > 0] (I - v v^T / |v|^2) x, whose Gram kernel is V."""
    z = contract((V, X), ("h1", SAMPLES))
    size = argument(0) * argument(1) * argument(2) / sp.sqrt(argument(3))
    on = pointwise(size * Pw(argument(4), 1, 0, 0), alpha, c, g, _squares, z)
    along = pointwise(argument(0) * argument(1) / argument(2), V, z, _squares)
    spread = contract((X, ones("h1")), ("h1", "h0", SAMPLES))
    return pointwise(argument(0) * argument(1), on, add([spread, multiply(-1, along)]) if projected else spread)


def _length_slopes() -> Node:
    """c_k sigma(v_k.x / |v_k|), whose Gram kernel is G."""
    z = contract((V, X), ("h1", SAMPLES))
    return pointwise(argument(0) * Pw(argument(1), 1, 0, 1) / sp.sqrt(argument(2)), c, z, _squares)


def _kernel(power: int, projected: bool = True) -> Node:
    """V / alpha^power + G."""
    slower = pointwise(argument(0) / argument(1) ** power, _gram(_direction_slopes(projected)), alpha)
    return add([slower, _gram(_length_slopes())])


@claim(
    "dukler-2020/ntk-decomposition",
    source=SOURCE,
    controls={
        "V / alpha": dict(power=1, dimensions=(2,)),
        "without the projection": dict(projected=False, dimensions=(2,)),
        "lengths of any sign": dict(signs=False, dimensions=(2,)),
        "V + G = H at every length": dict(tied=False, dimensions=(2,)),
        "f' = -Lambda (f - y) / 2": dict(rate="1/2", dimensions=(2,)),
    },
    larger=dict(dimensions=(2, 3, 4)),
)
def decomposition(
    power: int = 2,
    projected: bool = True,
    signs: bool = True,
    tied: bool = True,
    rate: str | int = 1,
    dimensions: Sequence[int] = (2, 3),
) -> Statement:
    """With every g_k > 0: f' = -(V / alpha^2 + G)(f - y) for the square loss, where V_ij = (1/m) sum_k (alpha c_k g_k / |v_k|)^2
    <P_k x_i, P_k x_j> 1_ik 1_jk and G_ij = (1/m) sum_k c_k^2 sigma(v_k.x_i / |v_k|) sigma(v_k.x_j / |v_k|), P_k = I - v_k v_k^T /
    |v_k|^2.

    No condition ties g to |v|. Where alpha g_k = |v_k|, as at the paper's initial point, V + G = H, the tangent kernel of the
    plain network at w = v / alpha. Entry by entry, between a sample and any other vector, with 2 and 3 inputs; ``ntk`` gives both
    parts.
    """
    parts: list[Statement] = []
    for dimension in dimensions:
        net = _network(dimension)
        both = {**net.sizes, SAMPLES: 1, SECOND: 1}
        domain = POSITIVE if signs else POSITIVE[:1]
        whole = _kernel(power, projected)
        parts.append(Equal(_at(ntk(net).gram.node), whole, both, domain))
        parts.append(_equation(net, whole, rate, both, domain))
        weights: dict[Leaf, Node] = {leaf("W1", V.axes): pointwise(argument(0) / argument(1), V, alpha)}
        lengths: dict[Leaf, Node] = {g: pointwise(sp.sqrt(argument(0)) / argument(1), _squares, alpha)} if tied else {}
        plain = substitute(_at(ntk(net.effective()).gram.node), weights)
        parts.append(Equal(substitute(_kernel(0, projected), lengths), plain, both, POSITIVE[: 1 if tied else 2]))
    return every(*parts)


def _equation(net: Network, whole: Node, rate: str | int, sizes: dict[str, int], domain: Sequence[Relation]) -> Statement:
    """The output at free vectors Z along the flow on the samples X."""
    output = net.output.node
    residual = add([output, multiply(-1, leaf("Y", (SAMPLES,)))])
    velocity = multiply(-sp.Rational(rate), contract((whole, residual), (SECOND,)))
    observed = _at(relabel(output, {SAMPLES: SECOND}))
    return Evolves(gradient_flow(net, square).loss.node, net.parameters.leaves, observed, velocity, sizes, tuple(domain))


@claim(
    "dukler-2020/kernel-closed-form",
    source="[memory] arXiv 2006.06878 for the limit; the closed form is derived from E|w|^2 = d and Gaussian symmetry",
    requires=Rigor.SUPPORTED,
)
def closed_form() -> Simulated:
    """V_ij tends to (pi - theta) cos(theta) / (2 pi) (1 - 1/d) - sin(theta) / (2 pi d) for unit vectors at the angle theta.

    Sampled at d = 3, cos(theta) = 3/5; the run excludes G without its factor 1/d, and V = H. That the formulas are the integrals
    is shown in two dimensions by SymPy, in the tests.
    """
    run = Sampled()
    H, G, V_ = (float(matrix[0][1].mid()) for matrix in (run.limit.H, run.limit.G, run.limit.V))
    return near(run, V_, 0.02, (H - 3 * G, H))


@dataclass(frozen=True)
class Sampled:
    """One wide network at the paper's initial law: an entry of alpha^2 times its direction part."""

    width: int = 40_000
    alpha: float = 2.0
    seed: int = 11
    runs: int = 1
    failure: str = ""

    @cached_property
    def net(self) -> Network:
        """Signs do not matter: c_k^2 = 1."""
        signs = {"W2": [[1] * self.width]}
        return Network((3, self.width, 1), relu, normalization=weight_norm, fixed=signs, scale=1 / sp.sqrt(self.width))

    @cached_property
    def data(self) -> Dataset:
        """Two unit vectors."""
        return Dataset([[1, 0, 0], ["3/5", "4/5", 0]], [1, 1])

    @cached_property
    def limit(self) -> WideLimit:
        """The closed form."""
        return ntk(self.net).limit(self.data)

    @property
    def text(self) -> str:
        """What was run."""
        return f"V_12 of {self.width} ReLU neurons, d = 3, cosine 3/5, alpha {self.alpha:g}, seed {self.seed}"

    @cached_property
    def estimate(self) -> float:
        """alpha^2 times the direction part's entry."""
        part = kernel(ntk(self.net).direction_part, self.data)(self.net.initial(self.alpha, self.seed, law=dukler))
        return float(part[0, 1]) * self.alpha**2

    @property
    def uncertainty(self) -> float:
        """Four standard errors; a summand lies in [-1, 1], so that its deviation is at most 1."""
        return float(4 / self.width**0.5)


@claim(
    "dukler-2020/pd",
    source="[memory] arXiv 2006.06878 assumes that no two samples are parallel; that distinct samples do not suffice is derived",
    controls={
        "one opposite pair": dict(signs=(1, 0, 0, -1, 0, 0)),
        "two opposite pairs": dict(signs=(1, -1, 0, -1, 1, 0)),
        "all signs +": dict(signs=(1, 1, 1, 1, 1, 1)),
    },
    on_data=ASSUMPTIONS,
)
def distinct_is_not_enough(signs: Sequence[int] = (1, -1, 1, -1, 1, -1)) -> Statement:
    """Distinct samples do not make the kernel positive definite: for all a, b the samples a, b, b - a, -a, -b, a - b have the
    null vector (1, -1, 1, -1, 1, -1) of both parts, at every v off the kinks, and so in the limit. A regular hexagon is one case.

    Two inputs, any two vectors. That the limits are positive definite without parallel samples is bounded per data set by
    ``ntk(net).limit(data)``, and is no part of this claim.
    """
    net = _network(2)
    sizes = {**net.sizes, SAMPLES: 1, SECOND: 1}
    a, b = leaf("A", X.axes), leaf("B", X.axes)
    corners = [
        pointwise(p * argument(0) + q * argument(1), a, b) for p, q in ((1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1))
    ]
    off = tuple(("!=", contract((V, corner), (SAMPLES, "h1"))) for corner in corners[:3])
    zero = contract((multiply(0, ones(SAMPLES)), ones(SECOND)), (SAMPLES, SECOND))
    parts: list[Statement] = []
    for part in (ntk(net).length_part, ntk(net).direction_part):
        column = add([multiply(sign, substitute(_at(part.node), {X: x})) for sign, x in zip(signs, corners, strict=True) if sign])
        parts.append(Equal(column, zero, sizes, (*POSITIVE[1:], *off)))
    return every(*parts)


@claim(
    "dukler-2020/weyl",
    source="derived from first principles",
    controls={"(lambda + mu) / alpha^2": dict(power=2), "2 lambda / alpha^2 + mu": dict(factor=2)},
)
def weyl(power: int = 0, factor: int = 1) -> Statement:
    """Lambda = V / alpha^2 + G >= (lambda / alpha^2 + mu) I where V >= lambda I and G >= mu I, for any number of samples.

    Stated for the quadratic forms v = z^T V z, h = z^T G z and s = |z|^2 at one vector z, which may be any; stronger than the
    bound of either regime alone.
    """
    v, h, lower, mu = sp.symbols("v h lambda mu", real=True)
    s, a = sp.Symbol("s", nonnegative=True), sp.Symbol("alpha", positive=True)
    bound = factor * lower / a**2 + mu / a**power
    return at_least(v / a**2 + h, bound * s, (v >= lower * s, h >= mu * s))


def _loses(directions: bool, power: int, factor: int, hypothesis: int) -> Statement:
    """|r|^2 loses 2 r^T Lambda r, which is at least (rate) |r|^2 where one part is at least omega / hypothesis."""
    net = _network(2)
    sizes = {**net.sizes, SAMPLES: 2}
    residual = add([net.output.node, multiply(-1, leaf("Y", (SAMPLES,)))])
    V_, G = (contract((slopes, residual), rows) for slopes, rows in ((_direction_slopes(), V.axes), (_length_slopes(), g.axes)))
    forms = contract((V_, V_), ()), contract((G, G), ())
    loss = pointwise(-2 * (argument(0) / argument(2) ** 2 + argument(1)), *forms, alpha)
    flow = gradient_flow(net, square)
    moves = Evolves(flow.loss.node, net.parameters.leaves, contract((residual, residual), ()), loss, sizes, POSITIVE)
    v, h, s = sp.symbols("v h s", nonnegative=True)
    omega, a = sp.symbols("omega alpha", positive=True)
    needed = (v if directions else h) >= omega * s / hypothesis
    return every(moves, at_least(2 * (v / a**2 + h), sp.Rational(factor) * omega * s / a**power, needed))


@claim(
    "dukler-2020/thm-V",
    source=MEMORY,
    controls={
        "rate lambda_0 / alpha^4": dict(power=4),
        "rate 2 lambda_0 / alpha^2": dict(factor=2),
        "a third of lambda_0 suffices": dict(hypothesis=3),
    },
    on_data=ASSUMPTIONS,
)
def direction_rate(power: int = 2, factor: int = 1, hypothesis: int = 2) -> Statement:
    """d/dt |r|^2 = -2 r^T (V / alpha^2 + G) r for r = f - y, which is <= -(lambda_0 / alpha^2) |r|^2 while r^T V r >= (lambda_0 /
    2) |r|^2; then |r|^2 <= e^(-lambda_0 t / alpha^2) |r(0)|^2.

    The equation for two samples; the width that keeps the hypothesis true along the flow is no part of this claim.
    """
    return _loses(True, power, factor, hypothesis)


@claim(
    "dukler-2020/thm-G",
    source=MEMORY,
    controls={"rate 2 mu_0": dict(factor=2), "a third of mu_0 suffices": dict(hypothesis=3)},
    on_data=ASSUMPTIONS,
)
def length_rate(factor: int = 1, hypothesis: int = 2) -> Statement:
    """d/dt |r|^2 = -2 r^T (V / alpha^2 + G) r for r = f - y, which is <= -mu_0 |r|^2 for every alpha while r^T G r >=
    (mu_0 / 2) |r|^2; then |r|^2 <= e^(-mu_0 t) |r(0)|^2.

    The equation for two samples; the width that keeps the hypothesis true along the flow is no part of this claim.
    """
    return _loses(False, 0, factor, hypothesis)
