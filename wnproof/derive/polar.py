"""A flow in polar form: radius rho = |theta| and direction h = theta / rho, on the unit sphere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction

from wnproof.derive.derivation import Derivation, Lines
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import Leaf, Node, add, argument, contract, leaf, pointwise
from wnproof.graph.quantity import Quantity, Step, exact
from wnproof.graph.relabel import substitute
from wnproof.graph.space import Block, ParameterSpace

RADIUS = Block("rho", (), (1,))
_rho = leaf("rho")


@dataclass(frozen=True, eq=False)
class PolarFlow(Derivation):
    """rho' and h' as functions of (rho, h); the entries of h carry the names of theta's blocks.

    Attributes:
        velocity: the flat vector (rho', h'), rho first, then h block by block in theta's order.
    """

    velocity: Quantity

    @property
    def kernel_quantity(self) -> Quantity:
        """What a kernel of the flow computes: the velocity."""
        return self.velocity

    @property
    def radial(self) -> Quantity:
        """rho', a scalar."""
        return self.velocity.with_node(self.velocity.roots[0], "drho")

    @property
    def angular(self) -> tuple[Quantity, ...]:
        """h', one Quantity per block."""
        blocks = zip(self.velocity.parameters.blocks[1:], self.velocity.roots[1:], strict=True)
        return tuple(self.velocity.with_node(root, f"d{block.name}") for block, root in blocks)

    @property
    def steps(self) -> tuple[Step, ...]:
        """The derivation, line by line with the rule used."""
        return self.velocity.steps

    def _derivation(self) -> tuple[tuple[Step, ...], Lines]:
        return self.steps, [(q.name, q.node) for q in (self.radial, *self.angular)]

    def __repr__(self) -> str:
        return f"{self.velocity.name}; theta = rho h, |h| = 1"


def polar(velocity: Quantity) -> PolarFlow:
    """theta' = v(theta) in polar form: rho' = <h, v(rho h)>, h' = (v(rho h) - <h, v(rho h)> h) / rho, for rho > 0, |h| = 1."""
    blocks = velocity.parameters.leaves
    at: dict[Leaf, Node] = {w: pointwise(argument(0) * argument(1), _rho, w) for w in blocks}
    outer = [substitute(root, at) for root in velocity.roots]
    work = _inner(blocks, outer)
    tangential = [
        pointwise((argument(0) - argument(1) * argument(2)) / argument(3), v, w, work, _rho)
        for w, v in zip(blocks, outer, strict=True)
    ]
    steps = [
        Step(s.name, substitute(s.node, at), s.rule if k else f"{s.rule}, at theta = rho h") for k, s in enumerate(velocity.steps)
    ]
    return _polar(velocity, [work, *tangential], (*steps, Step("s", work, "radial part of the velocity")))


def polar_ascent(value: Quantity, degree: Fraction, unit_rows: Collection[str] = ()) -> PolarFlow:
    """u' = grad N(u), N homogeneous of degree L, in polar form.

    rho' = L rho^(L-1) N(h), h' = rho^(L-2) (grad N(h) - L N(h) h), where L N(h) = <h, grad N(h)> by Euler. Blocks named in
    ``unit_rows`` have degree 0 and stay out of the sphere: they follow rho^L grad N.

    >>> import sympy as sp
    >>> from wnproof.derive.sphere import sphere_problem
    >>> x, y = sp.symbols("x y")
    >>> print(sphere_problem(x**3 + 3*x*y**2, (x, y)).polar().text())
          N = u0**3 + 3*u0*u1**2    (degree 3)
    drho/dt = 3*N*rho**2
     du0/dt = ((3*u0**2 + 3*u1**2) - 3*N*u0)*rho
     du1/dt = (-3*N*u1 + 6*u0*u1)*rho
    """
    L = exact(degree)
    blocks = value.parameters.leaves
    rates = []
    for w, slope in zip(blocks, gradient(value.node, blocks), strict=True):
        if w.name in unit_rows:
            rates.append(pointwise(argument(0) ** L * argument(1), _rho, slope))
        else:
            tangential = add([slope, pointwise(-L * argument(0) * argument(1), value.node, w)])
            rates.append(pointwise(argument(0) ** (L - 2) * argument(1), _rho, tangential))
    radial = pointwise(L * argument(0) ** (L - 1) * argument(1), _rho, value.node)
    return _polar(value, [radial, *rates], (Step("N", value.node, f"degree {degree}"),))


def _inner(left: Collection[Node], right: Collection[Node]) -> Node:
    return add([contract((a, b), ()) for a, b in zip(left, right, strict=True)])


def _polar(source: Quantity, roots: list[Node], steps: tuple[Step, ...]) -> PolarFlow:
    space = ParameterSpace((RADIUS, *source.parameters.blocks))
    return PolarFlow(
        replace(source, name=f"polar form of {source.name}", roots=tuple(roots), parameters=space, flat=True, steps=steps)
    )
