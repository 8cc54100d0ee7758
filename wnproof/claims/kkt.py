"""Statements about KKT points on the unit sphere: one point of any problem, every point of one neuron."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from wnproof.derive.clarke import clarke_set
from wnproof.derive.sphere import SphereProblem
from wnproof.errors import WnproofError
from wnproof.graph.quantity import rational_number
from wnproof.graph.statement import ClarkeMember, Encoded
from wnproof.kkt.neuron import Neuron, spelled
from wnproof.kkt.points import KKTFamily, KKTPoint, KKTSet, strata_to_json
from wnproof.kkt.solve import neuron_of


def kkt_point(
    problem: SphereProblem, u: KKTPoint | Sequence[Any], *, multiplier: Any = None, shift: Any = 0
) -> Encoded | ClarkeMember:
    """u/|u| is a KKT point: multiplier N(u) u / |u|^2 is a Clarke gradient of N at u, exactly (any scale of u will do).

    Args:
        problem: any problem on one sphere. Of one (leaky) ReLU neuron also points with irrational entries.
        u: exact numbers in theta's order; of one neuron a listed point, or a direction (w, then the sign of the outer weight
            when that is trained).
        multiplier: lambda |u|^2 / N(u); by default the degree L, as Euler's identity wants.
        shift: exact number added to the first entry of the direction.

    Raises: WnproofError E-VALUE, E-SHAPE, E-FLOAT when the direction is not exact.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> from wnproof.prove.decide import decide
    >>> x, y = sp.symbols("x y")
    >>> saddle = sphere_problem(x * y, (x, y))
    >>> decide(kkt_point(saddle, (1, -1))).rigor, decide(kkt_point(saddle, (1, 2))).rigor
    (Rigor.CERTIFIED, Rigor.REFUTED)
    """
    neuron = neuron_of(problem)
    if neuron is None:
        return _stationary(problem, u, multiplier, shift)
    if isinstance(u, KKTPoint):
        hidden, sign = list(u.hidden_direction or ()), u.outer_sign
    else:
        d = len(neuron.X[0])
        hidden, sign = [rational_number(entry) for entry in u[:d]], (int(u[d]) if neuron.trained else None)
    hidden[0] += rational_number(shift)
    content: dict[str, Any] = {
        "says": "kkt_point",
        "neuron": neuron.to_json(),
        "notion": "clarke",
        "direction": [spelled(entry) for entry in hidden],
        "multiplier": spelled(neuron.degree if multiplier is None else rational_number(multiplier)),
    }
    return Encoded(content if sign is None else {**content, "sign": sign})


def _stationary(problem: SphereProblem, u: KKTPoint | Sequence[Any], multiplier: Any, shift: Any) -> ClarkeMember:
    if problem.unit_rows:
        raise WnproofError(
            "E-VALUE", f"{problem} has the rows of {problem.unit_rows[0]} on spheres of their own", help="take net.effective()"
        )
    direction = u.direction if isinstance(u, KKTPoint) else tuple(u)
    if direction is None:
        raise WnproofError("E-VALUE", "the listed point has no rational direction", help="give an exact direction")
    there = clarke_set(problem, [rational_number(direction[0]) + rational_number(shift), *direction[1:]])
    square = sum(entry**2 for entry in there.point)
    if not square:
        raise WnproofError("E-VALUE", "0 has no direction", help="give a point other than 0")
    factor = problem.degree if multiplier is None else rational_number(multiplier)
    return there.member([factor * there.value / square * entry for entry in there.point])


def kkt_complete(problem: SphereProblem, points: KKTSet, *, dropped: int = 0) -> Encoded:
    """The listed points and families are all KKT points of one (leaky) ReLU neuron, with these values and kinds.

    ``dropped`` leaves out so many points of the list, which makes a complete list a wrong one.

    Raises: E-VALUE for a list whose zeros are one level instead of cones, as those of a trained outer weight on many rows are.
    """
    if not all(isinstance(family, KKTFamily) for family in points.families):
        raise WnproofError(
            "E-VALUE", "the list has families that are no cones of known rays", help="take fewer rows, or fix the outer weight"
        )
    listed = [
        {
            "direction": [spelled(entry) for entry in point.hidden_direction or ()],
            "value_squared": spelled(point.value_squared or Fraction(0)),
            "value_sign": (point.value > 0) - (point.value < 0),
            "kind": point.kind.value,
            **({} if point.outer_sign is None else {"sign": point.outer_sign}),
        }
        for point in points[dropped:]
    ]
    families = strata_to_json(points.families)
    neuron = _one_neuron(problem).to_json()
    return Encoded(
        {"says": "kkt_complete", "neuron": neuron, "notion": points.notion.name, "points": listed, "families": families}
    )


def _one_neuron(problem: SphereProblem) -> Neuron:
    neuron = neuron_of(problem)
    if neuron is None:
        raise WnproofError("E-VALUE", f"{problem} is not one (leaky) ReLU neuron", help="use widths (d, 1, 1)")
    return neuron
