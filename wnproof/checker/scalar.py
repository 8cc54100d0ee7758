"""Scalars: one shared expression graph per certificate, its derivative, where it is defined; tensors as tables of scalars.

A scalar is an index into the arena, larger than those of its operands. Written shorter it keeps its domain, as 0 * (1/x) does.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import chain, product
from math import prod

from .graph import ONES, Axes, Graph, Node, fold, formula
from .reader import expect_int, expect_list, expect_map, fraction, invalid

MAX_SCALARS, MAX_TERMS = 400_000, 1_000_000
Index = tuple[int, ...]
Table = dict[Index, int]
Sizes = Mapping[str, int]
Box = tuple[int, list[list[Fraction]], Fraction]


class Arena:
    """All scalars of one certificate, each stored once."""

    def __init__(self) -> None:
        self.items: list[Node] = []
        self._index: dict[Node, int] = {}

    def make(self, op: str, of: tuple[int, ...] = (), by: tuple[Fraction, ...] = (), name: str = "") -> int:
        """The index of this scalar; + 0, * 1, ^ 1 and a kink with equal sides, pw(z, c, c, p) = c z^p, are not written."""
        if op == "pw" and by[0] == by[1]:
            return self.product(self.number(by[0]), self.make("^", of, by[2:]))
        if op in ("+", "*"):
            of = tuple(k for k in of if not self.is_number(k, "+*".index(op))) or (self.number("+*".index(op)),)
        if (op in ("+", "*") and len(of) == 1) or (op == "^" and by[0] == 1):
            return of[0]
        item = Node(op, of, by, name)
        if (k := self._index.get(item)) is None:
            if len(self.items) >= MAX_SCALARS:
                raise invalid(f"more than {MAX_SCALARS} scalars at these sizes")
            k = self._index[item] = len(self.items)
            self.items.append(item)
        return k

    def number(self, value: Fraction | int) -> int:
        """A rational constant."""
        return self.make("num", by=(Fraction(value),))

    def product(self, *factors: int) -> int:
        """The product."""
        return self.make("*", factors)

    def is_number(self, k: int, value: int) -> bool:
        """Whether the scalar is written as this constant."""
        return self.items[k].op == "num" and self.items[k].by[0] == value

    def derivative(self, roots: Iterable[int], direction: Mapping[str, int]) -> dict[int, int]:
        """D [direction] of all below the roots by the chain rule; the direction maps symbols to scalars, others stand still.

        d pw(z, c+, c-, p) = p pw(z, c+, c-, p-1) dz: at a kink of order 1 the slope stays free; one of order 0 has no derivative.
        """

        def rate(k: int, item: Node, of: list[int]) -> int:
            moves = [i for i, a in enumerate(of) if not self.is_number(a, 0)]
            if item.op == "sym":
                return direction.get(item.name, self.number(0))
            if not moves:
                return self.number(0)
            if item.op == "+":
                return self.make("+", tuple(of[i] for i in moves))
            if item.op == "*":
                return self.make("+", tuple(self.product(*item.of[:i], *item.of[i + 1 :], of[i]) for i in moves))
            return self.product(self._slope(k, item), of[0])

        return fold(self.items, roots, rate)

    def gradient(self, root: int, names: Iterable[str]) -> dict[str, int]:
        """The derivatives of one root in these symbols, those that are identically 0 left out."""
        slopes = {name: self.derivative((root,), {name: self.number(1)})[root] for name in names}
        return {name: k for name, k in slopes.items() if not self.is_number(k, 0)}

    def _slope(self, k: int, item: Node) -> int:
        z, number = item.of[0], self.number
        match item.op, item.by:
            case "^", (q,):
                return self.product(number(q), self.make("^", (z,), (q - 1,))) if q else number(0)
            case "exp", _:
                return k
            case "log", _:
                return self.make("^", (z,), (Fraction(-1),))
            case "tanh", _:
                return self.make("+", (number(1), self.product(number(-1), self.make("^", (k,), (Fraction(2),)))))
        above, below, p = item.by
        if not p:
            raise invalid(f"the slope of the kink at {self.text(z)} would have to be differentiated")
        return self.product(number(p), self.make("pw", (z,), (above, below, p - 1)))

    def text(self, k: int, limit: int = 160) -> str:
        """A readable form, cut off at ``limit`` characters."""
        item = self.items[k]
        out = formula(item, [self.text(a, limit // len(item.of) - 2) if limit > 0 else "..." for a in item.of])
        return out if len(out) <= limit else out[: max(limit, 0)] + "..."


def indices(axes: Axes, sizes: Sizes) -> list[Index]:
    """All index tuples, the last axis fastest."""
    return list(product(*(range(sizes[axis]) for axis in axes)))


def symbol(leaf: str, index: Index) -> str:
    """The name of one entry of a leaf: W1[0,2], or the leaf's own name when it has no axis."""
    return f"{leaf}[{','.join(map(str, index))}]" if index else leaf


def entries(graph: Graph, leaves: Iterable[str], sizes: Sizes) -> list[str]:
    """The symbols of these leaves, in order."""
    return [symbol(leaf, i) for leaf in leaves for i in indices(graph.leaves[leaf], sizes)]


def size_text(sizes: Sizes) -> str:
    """Sizes in words."""
    return ", ".join(f"{axis}={n}" for axis, n in sorted(sizes.items()))


def expand(graph: Graph, sizes: Sizes, arena: Arena, roots: Iterable[int], given: Mapping[str, Table] = {}) -> dict[int, Table]:
    """The tables of everything below the roots, leaves as given or as symbols; the work is estimated before it is done."""
    spent = 0

    def table(_: int, node: Node, of: list[Table]) -> Table:
        nonlocal spent
        axes = [graph.nodes[a].axes for a in node.of]
        every = tuple(dict.fromkeys((*node.axes, *chain(*axes))))
        if (spent := spent + prod(sizes[axis] for axis in every)) > MAX_TERMS:
            raise invalid(f"more than {MAX_TERMS} terms at sizes {dict(sizes)}")
        if node.name in given:
            return given[node.name]
        places, terms = [[every.index(axis) for axis in own] for own in axes], dict[Index, list[int]]()
        for i in indices(every, sizes):
            operands = tuple(part[tuple(i[j] for j in place)] for part, place in zip(of, places, strict=True))
            name = symbol(node.name, i) if node.op == "sym" else ""
            value = arena.number(1) if node.name == ONES else arena.make(node.op, operands, node.by, name)
            terms.setdefault(i[: len(node.axes)], []).append(value)
        return {i: arena.make("+", tuple(parts)) for i, parts in terms.items()}

    return fold(graph.nodes, roots, table)


def read_values(obj: object, graph: Graph, sizes: Sizes, leaves: Iterable[str] = ()) -> dict[str, Fraction]:
    """Exact values for these leaves, or for all of them, as nested lists of "p/q"; returns a number per symbol."""
    given, wanted = expect_map(obj), {leaf: graph.leaves[leaf] for leaf in leaves} or graph.leaves
    if set(given) != set(wanted):
        raise invalid(f"values are for {sorted(given)[:9]}, the leaves are {sorted(wanted)[:9]}")
    out = dict[str, Fraction]()
    for leaf, axes in wanted.items():
        level: dict[Index, object] = {(): given[leaf]}
        for axis in axes:
            level = {(*i, j): x for i, part in level.items() for j, x in enumerate(expect_list(part, sizes[axis]))}
        out |= {symbol(leaf, i): fraction(x) for i, x in level.items()}
    return out


def parse_sizes(obj: object, graph: Graph) -> dict[str, int]:
    """A size for every axis of the graph and for nothing else."""
    sizes = {axis: expect_int(n, 1, 10_000) for axis, n in expect_map(obj).items()}
    if set(sizes) != (axes := {axis for node in graph.nodes for axis in node.axes}):
        raise invalid(f"sizes are for axes {sorted(sizes)}, the graph has {sorted(axes)}")
    return sizes


def read_box(obj: object, n: int, parts: int) -> Box:
    """A box [chart, real parts, imaginary parts if there are two, radius] around a centre with x_chart = 1."""
    chart, *given, radius = expect_list(obj, parts + 2)
    k, r, rows = expect_int(chart, 0, n - 1), fraction(radius), [[fraction(q) for q in expect_list(part, n)] for part in given]
    if r <= 0 or any(row[k] != (not i) for i, row in enumerate(rows)):
        raise invalid("a box has a positive radius and a centre that is 1 in its chart")
    return k, rows, r
