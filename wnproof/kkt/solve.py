"""``kkt_points``: the KKT points of a problem on the sphere by the method that fits it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.kink import Pw
from wnproof.graph.nodes import Map, order
from wnproof.graph.quantity import as_fraction
from wnproof.kkt.arrangement import Exact
from wnproof.kkt.branch_and_bound import BranchAndBound
from wnproof.kkt.conic import Conic
from wnproof.kkt.derivatives import check
from wnproof.kkt.eigenpairs import Homotopy
from wnproof.kkt.form import count_classes
from wnproof.kkt.multistart import Multistart
from wnproof.kkt.neuron import Neuron
from wnproof.kkt.points import KKTSet, Notion, clarke
from wnproof.kkt.space import is_small
from wnproof.model.normalizations import plain

Method = Exact | Conic | Multistart | Homotopy | BranchAndBound
VARIABLES, CLASSES = 12, 1100  # of a form whose classes are all counted unasked, in a few seconds


def kkt_points(problem: SphereProblem, *, notion: Notion = clarke, method: Method | None = None) -> KKTSet:
    """The KKT points of N on the unit sphere: ``multiplier u`` in the generalized gradient of N at u, ``multiplier = L N(u)``.

    Without a method: ``Exact()`` for one (leaky) ReLU neuron, a bias counting as an input, with two inputs or not too many faces
    (every point, with a certificate that there is no other); ``Homotopy()`` for a form of few variables (each point in a box, all
    complex classes counted); ``Multistart()`` where grad N is continuous (floating point, completeness undecided).

    Args:
        problem: from ``ncf`` or ``sphere_problem``.
        notion: which generalized gradient counts on kinks; it makes no difference where grad N is continuous.
        method: ``Exact()``, ``Homotopy(seed)``, ``BranchAndBound()``, ``Multistart(starts, seed)`` or ``Conic(cones)``.

    Returns:
        The isolated points, largest value first, the families beside them, and how surely that is all.

    Raises:
        WnproofError: E-KINK when grad N jumps and no default method lists what happens there; E-VALUE or E-SHAPE when the method
            does not take the problem.

    >>> from wnproof.derive.ncf import ncf
    >>> from wnproof.model.activations import relu
    >>> from wnproof.model.dataset import Dataset
    >>> from wnproof.model.network import Network
    >>> N = ncf(Network((2, 1, 1), relu, fixed={"W2": [[1]]}), Dataset([[3, 4], [1, 0]], [1, -1]))
    >>> [(str(point.value_squared), point.kind.value) for point in kkt_points(N)]
    [('20', 'maximum'), ('16/25', 'minimum')]
    """
    check(problem)
    if method is None:
        method = _fitting(problem)
    if isinstance(method, Multistart | Homotopy | BranchAndBound):
        return method.solve(problem, notion)
    neuron = neuron_of(problem)
    if neuron is None:
        raise WnproofError(
            "E-VALUE", f"{method} takes one (leaky) ReLU neuron, not {_origin(problem)}", help="take method=Multistart()"
        )
    return method.solve(neuron, notion)


def _fitting(problem: SphereProblem) -> Exact | Multistart | Homotopy:
    neuron = neuron_of(problem)
    if neuron is not None and is_small(neuron):
        return Exact()
    if problem.correlation is None and problem.size <= VARIABLES and count_classes(problem.size, int(problem.degree)) <= CLASSES:
        return Homotopy()
    if gradient_is_continuous(problem):
        return Multistart()
    size = "" if neuron is None else f", one neuron with {len(neuron.X[0])} inputs and {len(neuron.X)} rows"
    raise WnproofError(
        "E-KINK",
        f"grad N jumps on kinks{size}; exact lists exist for one neuron that is not too large",
        help="method=Multistart() searches off the kinks, its completeness is undecided",
    )


def gradient_is_continuous(problem: SphereProblem) -> bool:
    """Whether N has no kink of order 1, that is whether every ``Pw`` in it has an exponent of 2 at least."""
    expressions = (node.expr for node in order(problem.value.node) if isinstance(node, Map))
    return all(kink.args[3] >= 2 for expr in expressions for kink in expr.atoms(Pw))


def neuron_of(problem: SphereProblem) -> Neuron | None:
    """The problem as the correlation of one (leaky) ReLU neuron, exactly; None when it is something else.

    ``scale W2 sigma(W1 x + b1)`` with a plain W1 that is trained, W2 trained or a number, sigma(z) = c z for z > 0 and s c z for
    z < 0 with 0 <= s < 1; a bias is one more input that is always 1.
    """
    origin = problem.correlation
    if origin is None:
        return None
    net = origin.net
    slopes = net.activation.slopes
    names = [name for name, _, _ in net.blocks]
    trained = ["W1", *(["b1"] if net.biases[0] else [])]
    regular = net.widths[1:] == (1, 1) and net.normalizations == (plain, plain) and not net.biases[1]
    if not regular or names not in (trained, [*trained, "W2"]) or slopes is None or not net.scale.is_Rational:
        return None
    right, left = slopes
    outer = None if "W2" in names else Fraction(problem.value.constants["W2"].item())
    if not (right > 0 and 0 <= left < right and outer != 0):
        return None
    X = np.asarray(origin.data.exact_X)
    if net.biases[0]:
        X = np.column_stack((X, np.full(len(X), Fraction(1), dtype=object)))
    return Neuron(
        X=tuple(tuple(Fraction(entry) for entry in row) for row in X),
        y=tuple(Fraction(z) for z in problem.value.constants["Z"].flat),
        slope=left / right,
        outer=outer,
        outer_scale=as_fraction(net.scale) * right,
    )


def _origin(problem: SphereProblem) -> str:
    return "a form" if problem.correlation is None else repr(problem.correlation.net)
