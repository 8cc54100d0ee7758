"""Homogeneous functions on the unit sphere: the constrained problem max N(u), |u| = 1, and its KKT system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import sympy as sp

from wnproof.derive.polar import PolarFlow, polar_ascent
from wnproof.errors import NotHomogeneous, WnproofError
from wnproof.graph.expand import expand, symbols
from wnproof.graph.gradient import gradient
from wnproof.graph.nodes import argument, constant, contract, ones, pointwise
from wnproof.graph.quantity import Quantity
from wnproof.graph.space import Block, ParameterSpace
from wnproof.graph.tangent import tangent
from wnproof.model.dataset import Dataset
from wnproof.model.losses import Loss
from wnproof.model.network import Network

VARIABLE_LIMIT = 64


@dataclass(frozen=True)
class Correlation:
    """Where a neural correlation function comes from: the network, the data, the loss that gives z = -dl/df(0, y)."""

    net: Network
    data: Dataset
    loss: Loss


@dataclass(frozen=True, eq=False)
class SphereProblem:
    """KKT points of N on |u| = 1: grad N(u) = lambda u with lambda = L N(u), N homogeneous of degree L.

    Attributes:
        value: N as a scalar Quantity, its data bound exactly.
        degree: L.
        correlation: the network, data and loss of a neural correlation function; None for a form given in SymPy.
        unit_rows: names of blocks of degree zero whose rows live on unit spheres of their own (directions under weight
        normalization).
    """

    value: Quantity
    degree: Fraction
    correlation: Correlation | None = None
    unit_rows: tuple[str, ...] = ()

    @cached_property
    def gradient(self) -> Quantity:
        """grad N, a flat vector in theta's order; at kinks the left selection in kernels, every Clarke element in proofs."""
        roots = gradient(self.value.node, self.value.parameters.leaves)
        return replace(self.value, name="grad N", roots=tuple(roots), flat=True)

    @cached_property
    def hessian_product(self) -> Quantity:
        """D^2 N(u) d, a flat vector; d enters as leaves named D followed by the block's name, a kernel takes u, then d: (2P,).

        At kinks the pattern is frozen: the left pieces' second derivatives.
        """
        directions = {b.leaf: Block(f"D{b.name}", b.axes, b.shape) for b in self.value.parameters.blocks}
        zero = [contract((constant(0), *map(ones, w.axes)), w.axes) for w in directions]
        moved = {w: d.leaf for w, d in directions.items()}
        roots = tuple(tangent(g, moved) or z for g, z in zip(self.gradient.roots, zero, strict=True))
        return replace(self.value, name="Hessian product", roots=roots, flat=True, directions=tuple(directions.values()))

    def polar(self) -> PolarFlow:
        """u' = grad N(u) as rho' = L rho^(L-1) N(h), h' = rho^(L-2) (I - h h^T) grad N(h)."""
        return polar_ascent(self.value, self.degree, self.unit_rows)

    @property
    def kernel_quantity(self) -> Quantity:
        """What a kernel of the problem computes: the gradient."""
        return self.gradient

    @property
    def size(self) -> int:
        """P, the dimension of the space the sphere lies in."""
        return self.value.parameters.size

    @cached_property
    def variables(self) -> tuple[sp.Symbol, ...]:
        """theta's entries as real symbols, in theta's order."""
        space, sizes = self.value.parameters, self.value.sizes
        return tuple(s for b in space.blocks for s in symbols(b.name, tuple(sizes[a] for a in b.axes)).ravel())

    @cached_property
    def expression(self) -> sp.Expr:
        """N in SymPy with the exact data, over ``variables``."""
        return expand(self.value.node, self.value.sizes, self.value.constants)[()]

    def system(self) -> list[sp.Eq]:
        """The KKT system grad N(u) = lambda u, |u|^2 = 1 with lambda = L N(u), in SymPy.

        Blocks of degree zero stay out of the sphere: their gradient vanishes (Euler), and each of their rows has norm one.
        """
        value, N = sp.Symbol("N", real=True), self.expression
        multiplier = sp.Rational(self.degree.numerator, self.degree.denominator) * value
        rows: list[sp.Eq] = []
        on_sphere: list[sp.Expr] = []
        unit: list[sp.Expr] = []
        for name, shape, part in self.value.parameters.layout:
            entries = self.variables[part]
            free = name in self.unit_rows
            rows.extend(sp.Eq(sp.diff(N, x), 0 if free else multiplier * x, evaluate=False) for x in entries)
            if free:
                unit.extend(_squared_norm(entries[k : k + shape[-1]]) for k in range(0, len(entries), shape[-1]))
            else:
                on_sphere.extend(entries)
        norms = [sp.Eq(square, 1, evaluate=False) for square in (_squared_norm(on_sphere), *unit)]
        return [*rows, sp.Eq(value, N, evaluate=False), *norms]

    def __repr__(self) -> str:
        origin = (
            ""
            if self.correlation is None
            else f" of {self.correlation.net} on {self.correlation.data} ({self.correlation.loss.convention})"
        )
        return f"max N(u) on |u| = 1, {self.size} variables, degree {self.degree}{origin}"


def _squared_norm(entries: Sequence[sp.Expr]) -> sp.Expr:
    return sp.Add(*(x**2 for x in entries))


def sphere_problem(expr: sp.Expr, variables: Sequence[sp.Symbol]) -> SphereProblem:
    """Any homogeneous polynomial with rational coefficients as a problem on the sphere.

    The given symbols are replaced by the problem's own real ones, u0, u1, ... in the order given.

    Raises: WnproofError E-SYMBOL, E-FLOAT, E-VALUE, E-SIZE; NotHomogeneous (a constant has no KKT points to speak of).

    >>> x, y = sp.symbols("x y")
    >>> sphere_problem(x**3 + 3*x*y**2, (x, y)).degree
    Fraction(3, 1)
    """
    if not isinstance(expr, sp.Expr):
        raise WnproofError("E-VALUE", f"{expr!r} is no SymPy expression")
    if len(set(variables)) < len(variables) or not all(isinstance(v, sp.Symbol) for v in variables):
        raise WnproofError("E-SYMBOL", f"the variables {tuple(map(str, variables))} are not distinct symbols")
    if len(variables) > VARIABLE_LIMIT:
        raise WnproofError("E-SIZE", f"{len(variables)} variables, limit {VARIABLE_LIMIT}")
    foreign = expr.free_symbols - set(variables)
    if foreign:
        raise WnproofError(
            "E-SYMBOL", f"{sorted(map(str, foreign))[0]!r} is not among the variables {tuple(map(str, variables))}"
        )
    if expr.has(sp.Float):
        raise WnproofError("E-FLOAT", "the form has float coefficients", help="write them as exact rationals")
    try:
        poly = sp.Poly(expr, *variables, domain="QQ")
    except (sp.PolynomialError, sp.CoercionFailed):
        raise WnproofError("E-VALUE", "the form is no polynomial with rational coefficients in its variables") from None
    if poly.is_ground or not poly.is_homogeneous:
        degrees = sorted({sum(m) for m in poly.monoms()})
        raise NotHomogeneous(f"the polynomial has terms of degrees {degrees}", help="give a form: every term of one degree")
    blocks = tuple(Block(f"u{k}", (), (1,)) for k in range(len(variables)))
    own = {v: argument(k) for k, v in enumerate(variables)}
    node = pointwise(poly.as_expr().xreplace(own), *(b.leaf for b in blocks))
    return SphereProblem(Quantity("N", (node,), ParameterSpace(blocks), {}), Fraction(poly.total_degree()))
