"""A graph at concrete sizes: every tensor becomes a table of scalars."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product
from math import prod

from .graph import ONES, Axes, Graph, below
from .reader import expect_list, expect_map, fraction, invalid
from .scalar import Arena

MAX_TERMS = 1_000_000
Index = tuple[int, ...]
Table = dict[Index, int]


def indices(axes: Axes, sizes: Mapping[str, int]) -> list[Index]:
    """All index tuples, the last axis fastest."""
    return list(product(*(range(sizes[axis]) for axis in axes)))


def symbol(leaf: str, index: Index) -> str:
    """The name of one entry of a leaf: W1[0,2], or the leaf's own name when it has no axis."""
    return f"{leaf}[{','.join(map(str, index))}]" if index else leaf


def entries(graph: Graph, leaves: Iterable[str], sizes: Mapping[str, int]) -> list[str]:
    """The symbols of these leaves, in order."""
    return [symbol(leaf, i) for leaf in leaves for i in indices(graph.leaves[leaf], sizes)]


def expand(
    graph: Graph, sizes: Mapping[str, int], arena: Arena, roots: Iterable[int], given: Mapping[str, Table] = {}
) -> dict[int, Table]:
    """The tables of everything below the roots, leaves as given or as symbols; the work is estimated before it is done."""
    tables: dict[int, Table] = {}
    order, spent = below(graph.nodes, roots), 0
    for k in order:
        node = graph.nodes[k]
        every = tuple(dict.fromkeys((*node.axes, *(axis for a in node.of for axis in graph.nodes[a].axes))))
        spent += prod(sizes[axis] for axis in every)
        if spent > MAX_TERMS:
            raise invalid(f"more than {MAX_TERMS} terms at sizes {dict(sizes)}")
        if node.op == "sym":
            names = {i: symbol(node.name, i) for i in indices(node.axes, sizes)}
            table = {i: arena.number(1) if node.name == ONES else arena.make("sym", name=name) for i, name in names.items()}
            tables[k] = given.get(node.name, table)
            continue
        place = [tuple(every.index(axis) for axis in graph.nodes[a].axes) for a in node.of]
        terms: dict[Index, list[int]] = {}
        for i in indices(every, sizes):
            operands = [tables[a][tuple(i[j] for j in spots)] for a, spots in zip(node.of, place, strict=True)]
            value = arena.make(node.op, tuple(operands), node.by)
            terms.setdefault(i[: len(node.axes)], []).append(value)
        tables[k] = {i: arena.make("+", tuple(parts)) for i, parts in terms.items()}
    return tables


def read_values(obj: object, leaves: Mapping[str, Axes], sizes: Mapping[str, int]) -> dict[str, Fraction]:
    """Exact values for these leaves, as nested lists of "p/q"; returns a number per symbol."""
    given = expect_map(obj)
    if set(given) != set(leaves):
        raise invalid(f"values are for {sorted(given)[:9]}, the leaves are {sorted(leaves)[:9]}")
    out = dict[str, Fraction]()
    for leaf, axes in leaves.items():
        level: dict[Index, object] = {(): given[leaf]}
        for axis in axes:
            level = {(*i, j): x for i, part in level.items() for j, x in enumerate(expect_list(part, sizes[axis]))}
        out |= {symbol(leaf, i): fraction(x) for i, x in level.items()}
    return out
