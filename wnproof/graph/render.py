"""Text and LaTeX of a graph: index notation that holds for every width and sample count.

A node that carries a name is printed as that name with its indices; the derivation's steps give the names, so a page
shows one line per step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import sympy as sp
from sympy.printing.latex import LatexPrinter

from wnproof.graph.nodes import Contract, Leaf, Map, Node, argument, is_ones
from wnproof.graph.quantity import Step

_LETTERS = {"i": "i", "i2": "i'", "o": "o", "h0": "k", "h1": "j", "h2": "l", "h3": "m", "h4": "p", "h5": "q", "h6": "r"}
_GREEK = ("alpha", "delta", "eta", "gamma", "kappa", "lambda", "mu", "omega", "rho", "tau", "theta")


def letter(axis: str) -> str:
    """The index letter of an axis: i samples, k inputs, j, l, m... hidden neurons, o outputs."""
    return _LETTERS.get(axis, axis)


def latex(node: Node, names: Mapping[Node, str] | None = None) -> str:
    r"""The node as LaTeX in index notation; ``names`` gives LaTeX symbols to nodes that are defined elsewhere.

    >>> from wnproof.graph.nodes import contract, leaf
    >>> W, X = leaf("W1", ("h1", "h0")), leaf("X", ("i", "h0"))
    >>> print(latex(contract((W, X), ("i", "h1"))))
    \sum_{k} W^{(1)}_{jk}\, X_{ik}
    """
    return _Latex(names or {}).top(node)


def text(node: Node, names: Mapping[Node, str] | None = None) -> str:
    """The node as one line of plain text in index notation.

    >>> from wnproof.graph.nodes import contract, leaf
    >>> text(contract((leaf("W1", ("h1", "h0")), leaf("X", ("i", "h0"))), ("i", "h1")))
    'sum_k W1[j,k] X[i,k]'
    """
    return _Text(names or {}).top(node)


def align(steps: Sequence[Step], *, lines: Sequence[tuple[str, Node]] = ()) -> str:
    """The steps, then further lines (name, node), as one ``align*`` environment; a step's symbol is used in every later line."""
    names: dict[Node, str] = {}
    rows = []
    for step in steps:
        rows.append(
            rf"  {symbol_latex(step.name, step.node.axes)} &= {latex(step.node, names)} && \text{{{_escaped(step.rule)}}}"
        )
        names[step.node] = step.name
    rows.extend(rf"  {symbol_latex(name, node.axes)} &= {latex(node, names)}" for name, node in lines)
    return "\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"


def _escaped(prose: str) -> str:
    r"""Prose for \text: names such as weight_norm keep their underscore."""
    return re.sub(r"([_#%&$])", r"\\\1", prose)


def page(steps: Sequence[Step], *, lines: Sequence[tuple[str, Node]] = ()) -> str:
    """The same derivation as plain text, one line a step with its rule behind it."""
    names: dict[Node, str] = {}
    rows = []
    for step in steps:
        rows.append((_text_symbol(step.name, step.node.axes), text(step.node, names), step.rule))
        names[step.node] = step.name
    rows.extend((_text_symbol(name, node.axes), text(node, names), "") for name, node in lines)
    width = max(len(symbol) for symbol, _, _ in rows)
    return "\n".join(f"{symbol:>{width}} = {body}" + (f"    ({rule})" if rule else "") for symbol, body, rule in rows)


def _text_symbol(name: str, axes: Sequence[str]) -> str:
    match = re.fullmatch(r"d([A-Za-z]\d+|rho)", name)
    stem = f"d{match.group(1)}/dt" if match else name
    return stem + (f"[{','.join(letter(a) for a in axes)}]" if axes else "")


def symbol_latex(name: str, axes: tuple[str, ...]) -> str:
    r"""The symbol of a block or step with its indices.

    >>> symbol_latex("W1", ("h1", "h0")), symbol_latex("dV1", ("h1", "h0"))
    ('W^{(1)}_{jk}', '\\dot{V}^{(1)}_{jk}')
    """
    match = re.fullmatch(r"(d(?=[A-Za-z]\d|rho$))?([A-Za-z]+)(\d+)?(.*)", name)
    rate, stem, number, rest = match.groups() if match else (None, name, None, "")
    stem = rf"\{stem}" if stem in _GREEK else stem if len(stem) == 1 else rf"\mathrm{{{stem}}}"
    stem = rf"\dot{{{stem}}}" if rate else stem
    upper = f"^{{({number})}}" if number else ""
    lower = "".join(letter(a) for a in axes)
    return f"{stem}{upper}{rest}" + (f"_{{{lower}}}" if lower else "")


class _Latex:
    """One rule per node type. ``indices`` holds the letters of the indices in scope; a bound index that would hide a
    free one gets a prime.
    """

    sum, times, dot = r"\sum_{{{}}} ", r"\, ", r"\cdot "

    def __init__(self, names: Mapping[Node, str]) -> None:
        self.names = names
        self.indices: dict[str, str] = {}

    def top(self, node: Node) -> str:
        self.indices = {a: letter(a) for a in node.axes}
        return self.render(node)

    def symbol(self, name: str, axes: Sequence[str]) -> str:
        return symbol_latex(name, tuple(self.indices.get(a, a) for a in axes))

    def bracket(self, body: str) -> str:
        return rf"\Bigl({body}\Bigr)"

    def expression(self, expr: sp.Expr, symbols: Mapping[sp.Symbol, str]) -> str:
        printed = str(LatexPrinter({"symbol_names": dict(symbols)}).doprint(expr))
        return re.sub(r"\\left\((\\\|[^|]*\\\|)\\right\)", r"\1", printed)

    def count(self, axes: Sequence[str]) -> str:
        return self.times.join("n" if a == "i" else rf"d_{{{letter(a)}}}" for a in axes)

    def norm(self, name: str, slots: Sequence[str]) -> str:
        symbol = symbol_latex(name, tuple(slots) if len(slots) > 1 else ())
        return rf"\|{symbol}\|".replace(" }", "}")

    def render(self, node: Node) -> str:
        if node in self.names:
            return self.symbol(self.names[node], node.axes)
        if isinstance(node, Leaf):
            return "1" if node.name == "1" else self.symbol(node.name, node.axes)
        if isinstance(node, Map):
            return self.pointwise(node)
        assert isinstance(node, Contract)
        return self.contraction(node)

    def pointwise(self, node: Map) -> str:
        """A Map: squared norms are printed as norms, other sums are bracketed where they are factors or summands."""
        expr, symbols = node.expr, {}
        alone = expr.is_Symbol or (expr.is_Mul and len(expr.args) == 2 and expr.args[0].is_number)
        for k, operand in enumerate(node.operands):
            if is_ones(operand):
                expr = expr.xreplace({argument(k): sp.S.One})
                continue
            vector = None if operand in self.names else _norm_of(operand)
            if vector is not None:
                length = sp.Symbol(f"norm{k}", positive=True)
                expr = expr.xreplace({argument(k): length**2})
                kept = [self.indices[a] if a in operand.axes else self.dot for a in vector.axes]
                symbols[length] = self.norm(self.names.get(vector, vector.name), kept)
            else:
                body = self.render(operand)
                bare = (
                    operand in self.names
                    or isinstance(operand, Leaf)
                    or (isinstance(operand, Contract) and (alone or _counts(operand)))
                )
                symbols[argument(k)] = body if bare else self.bracket(body)
        return self.expression(expr, symbols)

    def contraction(self, node: Contract) -> str:
        real = [n for n in node.operands if not is_ones(n)]
        inside = {a for n in real for a in n.axes}
        free = dict.fromkeys(a for n in node.operands for a in n.axes if a not in node.axes and a not in inside)
        summed = list(dict.fromkeys(a for n in real for a in n.axes if a not in node.axes))
        outer = dict(self.indices)
        for axis in summed:
            taken, index = set(self.indices.values()), letter(axis)
            while index in taken:
                index += "'"
            self.indices[axis] = index
        factors = [self.count(list(free))] if free else []
        factors.extend(self.factor(n, alone=len(real) == 1) for n in real)
        prefix = self.sum.format(",".join(self.indices[a] for a in summed)) if summed else ""
        self.indices = outer
        return prefix + (self.times.join(factors) or "1")

    def factor(self, node: Node, *, alone: bool) -> str:
        """A factor under a sum sign, bracketed unless its extent is plain."""
        body = self.render(node)
        plain = (
            node in self.names
            or isinstance(node, Leaf)
            or (isinstance(node, Map) and ((alone and not node.expr.is_Add) or node.expr.is_Function))
        )
        return body if plain else self.bracket(body)


class _Text(_Latex):
    sum, times, dot = "sum_{} ", " ", ":"

    def symbol(self, name: str, axes: Sequence[str]) -> str:
        return name + (f"[{','.join(self.indices.get(a, a) for a in axes)}]" if axes else "")

    def bracket(self, body: str) -> str:
        return f"({body})"

    def norm(self, name: str, slots: Sequence[str]) -> str:
        return f"|{name}[{','.join(slots)}]|" if len(slots) > 1 else f"|{name}|"

    def expression(self, expr: sp.Expr, symbols: Mapping[sp.Symbol, str]) -> str:
        return str(sp.sstr(expr.xreplace({s: sp.Symbol(t) for s, t in symbols.items()})))

    def count(self, axes: Sequence[str]) -> str:
        return " ".join("n" if a == "i" else f"d_{letter(a)}" for a in axes)


def _counts(node: Contract) -> bool:
    """A sum of ones over one axis, such as the number of samples."""
    return len(node.operands) == 1 and is_ones(node.operands[0])


def _norm_of(node: Node) -> Leaf | None:
    """The leaf v of sum_k v_k v_k, when the node is that squared norm."""
    match node:
        case Contract(operands=(Leaf() as a, Leaf() as b)) if a is b and len(a.axes) == len(node.axes) + 1:
            return a
    return None
