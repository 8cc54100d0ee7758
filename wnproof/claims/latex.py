"""Statements in LaTeX: every part of a claim as one displayed formula."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from wnproof.claims.claim import AnyStatement
from wnproof.graph.nodes import Node
from wnproof.graph.render import latex, letter, symbol_latex
from wnproof.graph.statement import (
    AtLeast,
    Conserved,
    ConservedMatrix,
    Equal,
    Every,
    Evolves,
    EvolvesAtLeast,
    Homogeneous,
    HomogeneousAnyDepth,
    Relation,
    Shares,
)

_RELATIONS = {">": ">", ">=": r"\ge", "=": "=", "!=": r"\ne"}


def display(statement: AnyStatement) -> str:
    r"""The statement as a ``gather*`` environment, one line for each part; lists and runs in words.

    >>> import sympy as sp
    >>> from wnproof.claims.statements import at_least
    >>> x = sp.Symbol("x", real=True)
    >>> print(display(at_least(x**2, x, x >= 1)))
    \begin{gather*}
      x^{2} \ge x \quad\text{where } x - 1 \ge 0
    \end{gather*}
    """
    rows = list(dict.fromkeys(formulas(statement)))
    return "\\begin{gather*}\n  " + " \\\\\n  ".join(rows) + "\n\\end{gather*}"


def formulas(statement: AnyStatement) -> Iterator[str]:
    """One formula for each part."""
    match statement:
        case Every(parts=parts):
            for part in parts:
                yield from formulas(part)
        case Equal(left=left, right=right, where=where):
            sign = r"\ge" if isinstance(statement, AtLeast) else "="
            yield f"{latex(left)} {sign} {latex(right)}{_where(where)}"
        case Evolves(function=function, quantity=quantity, velocity=velocity, where=where):
            sign = r"\ge" if isinstance(statement, EvolvesAtLeast) else "="
            moving = ", ".join(symbol_latex(tensor.name, tensor.axes) for tensor in statement.trained)
            along = rf"\quad\text{{along }} ({moving})' = -\nabla F,\ F = {latex(function)}"
            yield rf"\frac{{d}}{{dt}} {_grouped(quantity)} {sign} {latex(velocity)}{along}{_where(where)}"
        case ConservedMatrix(function=function, squares=squares, axis=axis):
            a = letter(axis or "")
            total = _combined({rf"({_bare(name)} {_bare(name)}^{{\top}})_{{{a}{a}'}}": q for name, q in squares.items()})
            yield rf"\frac{{d}}{{dt}} \Bigl({total}\Bigr) = 0{_every_loss(function)}"
        case Conserved(function=function, squares=squares, linear=linear, axis=axis):
            index = f"_{{{letter(axis)}}}" if axis else ""
            terms = {rf"\|{_bare(name)}\|^{{2}}{index}": q for name, q in squares.items()}
            terms |= {rf"\Sigma({_bare(name)}){index}": q for name, q in linear.items()}
            yield rf"\frac{{d}}{{dt}} \Bigl({_combined(terms)}\Bigr) = 0{_every_loss(function)}"
        case Homogeneous(function=function, scaled=scaled, degree=degree):
            moved = ", ".join(rf"{_power(q)} {_bare(name)}" for name, q in scaled.items())
            yield rf"f({moved}) = {_power(degree)} f,\quad c > 0,\quad f = {latex(function)}"
        case HomogeneousAnyDepth(power=power, ratio=ratio, slope=slope, rest=rest, layer=layer, scaled=scaled):
            moved = ", ".join(rf"{_power(q)} {_bare(name)}" for name, q in scaled.items())
            terms = {rf"({_number(ratio)})^{{D}}": power, "D": slope, "1": rest}
            exponent = _combined({term: q for term, q in terms.items() if q})
            yield rf"f_D({moved}) = c^{{{exponent}}} f_D,\quad c > 0,\ D \ge 1,\quad h_l = {latex(layer)}"
        case Shares(function=function, shares=shares):
            sizes = ", ".join(rf"\|{_bare(name)}\|^{{2}} = {_number(q)}" for name, q in shares.items())
            yield rf"{sizes}\quad\text{{at KKT points of }} f \text{{ on the sphere, }} f \ne 0,\ f = {latex(function)}"
        case _:
            yield rf"\text{{{_words(statement)}}}"


def _words(statement: Any) -> str:
    says = statement.encode()["says"] if hasattr(statement, "encode") else "supported"
    return {
        "kkt_complete": "the listed points are all KKT points of the neuron",
        "kkt_point": "the listed point is a KKT point of the neuron",
        "clarke_member": "the listed vector is in the Clarke set of the function at the listed point",
        "laws_at_most": "there are at most so many independent conserved quantities",
    }.get(says, "see the claim in words")


def _every_loss(function: Node) -> str:
    return rf"\quad\text{{along the gradient flow of every }} \ell(f),\ f = {latex(function)}"


def _where(where: tuple[Relation, ...]) -> str:
    said = ",\\ ".join(f"{latex(node)} {_RELATIONS[relation]} 0" for relation, node in where)
    return rf" \quad\text{{where }} {said}" if said else ""


def _grouped(node: Node) -> str:
    body = latex(node)
    return body if " " not in body else rf"\Bigl({body}\Bigr)"


def _bare(name: str) -> str:
    return symbol_latex(name, ())


def _power(exponent: Fraction) -> str:
    return "" if exponent == 0 else "c" if exponent == 1 else f"c^{{{_number(exponent)}}}"


def _number(q: Fraction) -> str:
    sign, size = ("-" if q < 0 else ""), abs(q)
    return sign + (str(size) if size.denominator == 1 else rf"\tfrac{{{size.numerator}}}{{{size.denominator}}}")


def _combined(terms: Mapping[str, Fraction]) -> str:
    out = ""
    for term, q in terms.items():
        size = "" if abs(q) == 1 else f"{_number(abs(q))} "
        out += (" - " if q < 0 else " + " if out else "") + (size + term if term != "1" else _number(abs(q)))
    return out.strip()
