"""The papers' statements one by one: by which claims each is covered, how surely, and what is not covered and why.

Every statement is marked with what should become of it: ``P`` proved, ``C`` certified, ``S`` supported by runs. A mark is met by
a claim that requires as much; a stronger verdict meets a weaker mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wnproof.claims.claim import Claim
from wnproof.verdict import Rigor

MARKS: Mapping[str, Rigor] = {"P": Rigor.PROVED, "C": Rigor.CERTIFIED, "S": Rigor.SUPPORTED}
_STRONGER = (Rigor.PROVED, Rigor.CERTIFIED, Rigor.SUPPORTED)


@dataclass(frozen=True)
class Item:
    """One statement: ``marks`` what should become of it, ``claims`` by which, ``open`` mark -> why it is not met."""

    paper: str
    says: str
    marks: str
    claims: tuple[str, ...]
    open: Mapping[str, str]

    def met(self, registry: Mapping[str, Claim]) -> dict[str, bool]:
        """Mark -> whether one of the claims requires as much.

        >>> from wnproof.claims.claim import REGISTRY, select
        >>> _ = select()
        >>> ITEMS[0].says, ITEMS[0].met(REGISTRY)
        ("Euler's identity and the degree of a network", {'P': True})
        """
        required = [_STRONGER.index(registry[slug].requires) for slug in self.claims]
        return {mark: any(k <= _STRONGER.index(MARKS[mark]) for k in required) for mark in self.marks}


def _item(paper: str, says: str, marks: str, *claims: str, **reasons: str) -> Item:
    return Item(paper, says, marks, tuple(name if "/" in name else f"{paper}/{name}" for name in claims), reasons)


_INTEGRAL = "an expectation over a Gaussian: the checker has no integrals and no erf, and SymPy's word is no proof"
_SAMPLED = "balls enclose the formula; that it is the expectation is sampled, and shown by SymPy in two dimensions"
D, K, H, M, E = "dukler-2020", "kumar-haupt-2024", "kumar-haupt-2h-2024", "morwani-ramaswamy-2022", "eberle-2022"
ITEMS = (
    _item("core", "Euler's identity and the degree of a network", "P", "euler", "degree-any-depth", "quasi-homogeneous"),
    _item("core", "homogeneity of the activations", "P", "relu-homog"),
    _item("core", "balance of layers and neurons", "PC", "balance-layer", "balance-neuron", "weight-decay", "descent-step"),
    _item("core", "balance as a matrix of linear networks", "P", "balance-matrix"),
    _item("core", "the flow of N in polar coordinates", "P", "polar-ode", "normalized-growth"),
    _item("core", "KKT points of N on the sphere", "PC", "kkt", f"{K}/kkt-balance"),
    _item("core", "blow-up on a ray and its bounds", "P", "blowup", "blowup-bounds"),
    _item("core", "the rescaled flow", "P", "rescale", "correlation-labels"),
    _item("core", "the rate at which directions arrive", "P", "direction-rate"),
    _item("core", "the flows of SWN and EWN in effective weights", "P", "wn-flows"),
    _item("core", "balance under weight normalization", "P", "wn-balance"),
    _item("core", "the projected flow", "P", "projected-flow"),
    _item("core", "the derived equations, and sets of slopes at kinks", "PC", "gradient-flow", "clarke-sum"),
    _item(D, "the tangent kernel splits into V / alpha^2 + G", "P", "ntk-decomposition"),
    _item(D, "closed form of the limits of V and G", "PCS", "kernel-closed-form", P=_INTEGRAL, C=_SAMPLED),
    _item(D, "V and G are positive definite without parallel samples", "C", "pd", "lambda-of-iris"),
    _item(D, "the bounds of V and G add up", "PC", "weyl"),
    _item(
        D,
        "linear rate by V (alpha < 1) and by G (alpha > 1)",
        "PCS",
        "thm-V",
        "thm-G",
        "a-posteriori",
        "observed-V",
        "observed-G",
    ),
    _item(D, "the width is needed", "P", "width"),
    _item(D, "lengths of directions: constant, or growing by steps", "P", "norm-const"),
    _item(D, "directions stay where they are for large alpha", "S", "lazy-direction"),
    _item(K, "early directional convergence", "PCS", "core/rescale", "enclosed-arrival", "thm-directional-convergence"),
    _item(K, "the flow of N: blow-up, or a stall", "PS", "lemma-ncf-flow", "stall-away-from-zero"),
    _item(K, "norms of the layers at KKT points", "P", "kkt-balance"),
    _item(K, "KKT points of rank one", "PCS", "rank-one-kkt"),
    _item(H, "small initialization at degree two", "PS", "thm-small-init", "escape-time", "largest-value"),
    _item(H, "KKT points of two layers and of quadratic forms", "PC", "kkt-two-layer", "eigenvector-rate", "eigenvalues-of-iris"),
    _item(H, "near saddles the residual takes the place of y", "PS", "saddle", "saddle-to-saddle"),
    _item(M, "equations of EWN and SWN", "P", "thm-flow-equivalence"),
    _item(M, "one sample, two weights: who wins", "PS", "simple-traj", "simple-limits"),
    _item(M, "asymptotic rate of the loss", "PS", "rate", "observed-rate", "log-exponent"),
    _item(M, "finite-time bound of the loss", "C", "finite-time"),
    _item(M, "norms against gradients", "PS", "alignment"),
    _item(M, "relative sparsity", "P", "relative-sparsity"),
    _item(M, "rate of gradient descent", "S", "gd-rate"),
    _item(E, "the submanifold", "P", "submanifold"),
    _item(E, "every realisation has normalized weights", "P", "representability"),
    _item(E, "the normalized flow stays on it and loses risk", "P", "invariance"),
    _item(E, "it is no time change of the standard flow", "P", "not-standard-gf"),
    _item(E, "one neuron is bounded, two are not", "CS", "thm-bounded", "box", "two-neurons"),
    _item(E, "the energy identity", "S", "reversal"),
    _item("shilton-2024", "exact local model", "PS", "finite-expansion", "tangent-step", "rank-of-gradient", "layerwise"),
    _item("shilton-2023", "power series of networks", "PS", "shilton-2024/relu-cell", "tanh-radius"),
    _item("kou-2023", "stable rank on nearly orthogonal data", "PS", "stable-rank", "rank-after-descent"),
    _item("frei-2023", "rank two of least-norm classifiers", "PC", "every-slope", "rank-two"),
    _item("nguyen-muecke-2023", "linearisation of wide networks", "S", "linearisation"),
    _item("herranz-2024", "paths in a grid", "P", "path-count"),
    _item("biggs-guedj-2022", "sign networks with Gaussian weights", "PS", "erf", P=_INTEGRAL),
    _item("shevchenko-2022", "knots between inputs", "S", "knots"),
    _item("nitanda-suzuki-2021", "rate of averaged descent", "S", "rate"),
    _item("chou-2023", "weight normalization on diagonal networks", "P", "diagonal-weight-normalization"),
    _item("lyu-li-2020", "rate and margin without normalization", "PS", "margin-grows", "rate"),
    _item("wnproof", "small initialization under EWN", "PS", "ewn-small-init", "ewn-blow-up", "ewn-early-error"),
    _item("wnproof", "small initialization under SWN", "PS", "swn-small-init", "swn-frozen-directions", "swn-early-error"),
    _item(
        "wnproof",
        "where directions go, and that convergence to KKT points does not carry over",
        "P",
        "ewn-directions",
        "no-carry-over",
    ),
    _item("wnproof", "numbers and kinds of KKT points on real data", "C", "kkt-counts"),
    _item("wnproof", "all conserved quantities of small networks", "P", "conservation-table"),
    _item("wnproof", "a margin problem solved to the end", "P", "least-norm"),
)


def table(registry: Mapping[str, Claim]) -> str:
    """All statements with their marks and claims; a mark in parentheses is not met, with the reason below.

    >>> from wnproof.claims.claim import REGISTRY, select
    >>> _ = select()
    >>> print(table(REGISTRY).splitlines()[1])
    core                    P        Euler's identity and the degree of a network: euler, degree-any-depth, quasi-homogeneous
    """
    lines = [f"{'paper':24}{'marks':9}statement: claims"]
    for item in ITEMS:
        met = item.met(registry)
        marks = "".join(mark if met[mark] else f"({mark})" for mark in item.marks)
        names = ", ".join(slug.removeprefix(f"{item.paper}/") for slug in item.claims)
        lines.append(f"{item.paper:24}{marks:9}{item.says}: {names}")
        lines += [f"{'':33}not {MARKS[mark].value}: {reason}" for mark, reason in item.open.items()]
    return "\n".join(lines)
