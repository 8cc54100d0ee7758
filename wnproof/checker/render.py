"""A statement as a sentence: what was read, in plain text, with the conventions that give it its meaning."""

from __future__ import annotations

from collections.abc import Iterable

from .graph import Expr, Graph
from .reader import number_text
from .statement import All, Conserved, Equal, Evolves, Homogeneous, KktShares, OneNeuron, Statement

_KINK = "pw(z, c+, c-, p) is c+ z^p for z > 0, c- z^p for z < 0, 0 at 0"
_SLOPES = (
    "for every slope between c- and c+ at a kink (pw of order 0 is that slope; arguments that are positive multiples share it, "
    "opposite ones complement it)"
)
_DEFINED = "wherever both sides are defined (no zero under a negative power, positive bases of roots, positive arguments of log)"


def render(statement: Statement) -> str:
    """The sentence."""
    if isinstance(statement, All):
        return "; and ".join(f"({k}) {render(part)}" for k, part in enumerate(statement.of, 1))
    if isinstance(statement, OneNeuron):
        from . import arrangement

        return str(arrangement.render(statement.content))
    graph = Formulas(statement.graph, _roots(statement))
    if isinstance(statement, Homogeneous):
        scaled = ", ".join(f"c^({number_text(q)}) {leaf}" for leaf, q in statement.scaled.items())
        sentence = f"f({scaled}) = c^({number_text(statement.degree)}) f for every c > 0, f = {graph.named(statement.function)}"
    elif isinstance(statement, Conserved):
        squares = [f"({number_text(q)}) |{leaf}|^2" for leaf, q in statement.squares.items()]
        linear = [f"({number_text(q)}) sum({leaf})" for leaf, q in statement.linear.items()]
        per = f" for each index of {statement.axis} separately" if statement.axis is not None else ""
        flow = f"gradient flow of any differentiable loss sum_i l_i(f_i) in {', '.join(statement.trained)}"
        sentence = f"{' + '.join(squares + linear)} is constant{per} along {flow}, f = {graph.named(statement.function)}"
    elif isinstance(statement, KktShares):
        shares = ", ".join(f"|{leaf}|^2 = {number_text(q)}" for leaf, q in statement.shares.items())
        sphere = f"the unit sphere of ({', '.join(statement.trained)})"
        sentence = f"{shares} at every KKT point of f on {sphere} where f is not 0, f = {graph.named(statement.function)}"
    elif isinstance(statement, Equal):
        sentence = f"{graph.named(statement.left)} = {graph.named(statement.right)} {_DEFINED}"
    else:
        flow = f"leaf' = -dF/dleaf for {', '.join(statement.trained)}, F = {graph.named(statement.function)}"
        sentence = f"d/dt {graph.named(statement.quantity)} = {graph.named(statement.velocity)} along {flow}, {_DEFINED}"
    if isinstance(statement, Equal | Evolves):
        sentence += "".join(f", {graph.named(k)} {relation} 0" for relation, k in statement.where)
    sentence += "".join(f"; {line}" for line in graph.lines)
    if graph.kinks:
        sentence += f"; {_KINK}" + (f", {_SLOPES}" if isinstance(statement, Evolves) or graph.steps else "")
    return sentence


def _roots(s: Homogeneous | Conserved | KktShares | Equal | Evolves) -> list[int]:
    if isinstance(s, Equal):
        return [s.left, s.right, *(k for _, k in s.where)]
    if isinstance(s, Evolves):
        return [s.function, s.quantity, s.velocity, *(k for _, k in s.where)]
    return [s.function]


class Formulas:
    """Each tensor in words: leaves and tensors that are used once in place, the others as #k[axes] with a line of their own."""

    def __init__(self, graph: Graph, roots: Iterable[int]) -> None:
        uses: dict[int, int] = {}
        order = graph.below(roots)
        for k in order:
            for a in graph.nodes[k].args:
                uses[a] = uses.get(a, 0) + 1
        self.lines: list[str] = []
        self.kinks = self.steps = False
        self._text: dict[int, str] = {}
        for k in order:
            node = graph.nodes[k]
            axes = f"[{','.join(node.axes)}]" if node.axes else ""
            if node.leaf is not None:
                self._text[k] = node.leaf + axes
                continue
            args = [self._text[a] for a in node.args]
            if node.map is not None:
                formula = self._pointwise(node.map, args)
            else:
                gone = sorted({axis for a in node.args for axis in graph.nodes[a].axes} - set(node.axes))
                formula = (f"sum_{{{','.join(gone)}}} " if gone else "") + "*".join(args)
                formula = f"({formula})" if gone and uses.get(k) else formula
            if uses.get(k, 0) > 1 or len(formula) > 400:
                self.lines.append(f"#{k}{axes} = {formula}")
                formula = f"#{k}{axes}"
            self._text[k] = formula

    def named(self, k: int) -> str:
        """The tensor in words."""
        return self._text[k]

    def _pointwise(self, expr: Expr, args: list[str]) -> str:
        of = [self._pointwise(e, args) for e in expr.of]
        if expr.op == "arg":
            return args[expr.slot]
        if expr.op == "num":
            number = number_text(expr.by[0])
            return f"({number})" if set("-/") & set(number) else number
        if expr.op in ("+", "*"):
            return f"({' + '.join(of)})" if expr.op == "+" else "*".join(of)
        if expr.op == "^":
            return f"({of[0]})^({expr.by[0]})"
        self.kinks |= expr.op == "pw"
        self.steps |= expr.op == "pw" and not expr.by[-1]
        return f"{expr.op}({', '.join((of[0], *map(number_text, expr.by)))})"
