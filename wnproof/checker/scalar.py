"""Scalars: one shared expression graph per certificate, its derivative, and where it is defined.

A scalar is an index into the arena, larger than those of its operands, so a fold is a loop and nothing recurses. What is written
shorter keeps its domain: 0 * (1/x) stays undefined at 0.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from .graph import Node, below
from .reader import invalid, number_text

MAX_SCALARS = 400_000


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
        """D root [direction] by the chain rule; ``direction`` maps symbols to scalars, the other symbols stand still.

        d pw(z, c+, c-, p) = p pw(z, c+, c-, p-1) dz: at a kink of order 1 the slope stays free; one of order 0 has no derivative.
        """
        wanted = list(roots)
        out: dict[int, int] = {}
        for k in below(self.items, wanted):
            item = self.items[k]
            moves = [i for i, a in enumerate(item.of) if not self.is_number(out[a], 0)]
            if item.op == "sym":
                out[k] = direction.get(item.name, self.number(0))
            elif not moves:
                out[k] = self.number(0)
            elif item.op == "+":
                out[k] = self.make("+", tuple(out[item.of[i]] for i in moves))
            elif item.op == "*":
                terms = (self.product(*item.of[:i], *item.of[i + 1 :], out[item.of[i]]) for i in moves)
                out[k] = self.make("+", tuple(terms))
            else:
                out[k] = self.product(self._slope(k, item), out[item.of[0]])
        return {k: out[k] for k in wanted}

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

    def conditions(self, roots: Iterable[int]) -> tuple[tuple[str, int], ...]:
        """Where the roots are defined: nonzero under negative powers, positive bases of fractional powers, positive under log."""
        out: dict[tuple[str, int], None] = {}
        for item in (self.items[k] for k in below(self.items, roots)):
            if item.op == "log" or (item.op == "^" and item.by[0].denominator > 1):
                out[">", item.of[0]] = None
            elif item.op == "^" and item.by[0] < 0:
                out["!=", item.of[0]] = None
        return tuple(out)

    def text(self, k: int, limit: int = 160) -> str:
        """A readable form, cut off at ``limit`` characters."""
        item = self.items[k]
        if item.op in ("sym", "num"):
            return item.name or (number_text(item.by[0]) if item.by[0] >= 0 else f"({number_text(item.by[0])})")
        parts = [self.text(a, limit // len(item.of) - 2) if limit > 0 else "..." for a in item.of]
        if item.op in "+*":
            out = f"({' + '.join(parts)})" if item.op == "+" else f"({'*'.join(parts)})"
        else:
            whole = f"{item.op}({', '.join((*parts, *map(number_text, item.by)))})"
            out = f"{parts[0]}^({item.by[0]})" if item.op == "^" else whole
        return out if len(out) <= limit else out[: max(limit, 0)] + "..."
