"""All polynomial conservation laws up to a degree: the conditions modulo a prime from one side, products of known laws from the
other.

A polynomial Q of the trained entries is constant along gradient flow for every data set and loss exactly when <grad Q, grad f_k>
= 0 for every output, sample and point: linear conditions on its coefficients. At points modulo a prime, the sides of the kinks
taken from a real point, their rank is at most that over Q, so the polynomials they leave are at least all laws. Norms are drawn
by the rational parametrization of the sphere, and exp of a symbol as a number of its own, which is algebraically independent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations_with_replacement
from math import comb, prod

import numpy as np
from flint import nmod_mat
from numpy.typing import NDArray

from wnproof.certificate import computed
from wnproof.checker.domain import evaluate, quantities
from wnproof.checker.graph import Node, below
from wnproof.checker.scalar import Arena, entries, expand, read_values
from wnproof.checker.statement import Conserved as ReadLaw
from wnproof.checker.statement import LawsAtMost, parse
from wnproof.errors import WnproofError
from wnproof.graph import statement as stated
from wnproof.prove.spanned import drawn
from wnproof.verdict import Verdict, undecided

PRIME = 2**31 - 1  # products of two residues fit into 64 bits
MONOMIALS, SPARE, BATCHES, BITS = 2_500, 40, 4, 128
Residues = dict[int, int]
Table = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class PolynomialLaws:
    """The polynomial laws of degree 1 to ``degree``: a space of dimension at least ``known`` and at most ``most``.

    Attributes:
        known: dimension of the span of all products, up to the degree, of the laws that symmetries give.
        most: how many independent polynomials the sampled conditions leave; equal to ``known``: there are no others.
        monomials: how many monomials there are.
    """

    name: str
    degree: int
    monomials: int
    known: int
    most: int

    @property
    def verdict(self) -> Verdict:
        """That the polynomial laws of this degree are polynomials in the laws of symmetries; undecided if the bounds differ."""
        sentence = f"every polynomial law of degree at most {self.degree} of {self.name} is one in the laws of its symmetries"
        if self.known != self.most:
            return undecided(sentence, f"a space of dimension {self.known} is known, the conditions leave {self.most}")
        engine = f"linear algebra modulo {PRIME}, whose ranks are not above those over Q"
        return computed(sentence, engine, f"dimension {self.known} of {self.monomials} monomials")

    def __repr__(self) -> str:
        bounds = str(self.known) if self.known == self.most else f"{self.known} to {self.most}"
        return f"{bounds} independent polynomial laws of degree at most {self.degree} in {self.monomials} monomials"


def polynomial_laws(name: str, at_most: stated.LawsAtMost, directions: Sequence[str], degree: int) -> PolynomialLaws:
    """See ``ConservationLaws.polynomials``; ``directions`` are the leaves whose rows are only used with their norms.

    Raises: WnproofError E-VALUE for too many monomials, or for a network with tanh, log or exp of more than one symbol.
    """
    read = parse(at_most.encode())
    assert isinstance(read, LawsAtMost)
    names = entries(read.graph, read.trained, read.sizes)
    count = comb(len(names) + degree, degree) - 1
    if degree < 1 or count > MONOMIALS:
        raise WnproofError(
            "E-VALUE",
            f"{count} monomials of degree at most {degree} in {len(names)} parameters",
            help=f"ask for a degree from 1 on, or a smaller network, with at most {MONOMIALS} monomials",
        )
    powers = _exponents(len(names), degree)
    system = _System(read, at_most, names, directions)
    laws = [law for law in map(parse, (law.encode() for law in at_most.laws)) if isinstance(law, ReadLaw)]
    known, most, rows = system.span(laws, degree), count, list[list[int]]()
    for batch in range(BATCHES):
        if known == most:
            break  # more conditions leave no fewer
        for seed in range(batch * (count + SPARE), (batch + 1) * (count + SPARE)):
            rows += system.conditions(seed, powers)
        most = count - _rank(rows)
    return PolynomialLaws(name, degree, count, known, most)


def _exponents(variables: int, degree: int) -> Table:
    """One row per monomial of degree 1 to ``degree``."""
    chosen = [c for k in range(1, degree + 1) for c in combinations_with_replacement(range(variables), k)]
    out = np.zeros((len(chosen), variables), dtype=np.int64)
    for row, variables_of in zip(out, chosen, strict=True):
        np.add.at(row, list(variables_of), 1)
    return out


def _rank(rows: Sequence[Sequence[int]]) -> int:
    if not rows or not len(rows[0]):
        return 0
    return int(nmod_mat(len(rows), len(rows[0]), [int(x) for row in rows for x in row], PRIME).rank())


class _System:
    """The gradient of the output, expanded once, and its values at seeded points modulo the prime."""

    def __init__(self, read: LawsAtMost, at_most: stated.LawsAtMost, names: Sequence[str], directions: Sequence[str]) -> None:
        self.read, self.names, self.directions, self.arena = read, names, directions, Arena()
        self.encoded, self.known = at_most.encode(), at_most.known
        table = expand(read.graph, read.sizes, self.arena, (read.function,))[read.function]
        self.slopes = [self.arena.gradient(k, names) for k in table.values()]
        self.roots = sorted({*table.values(), *(k for slopes in self.slopes for k in slopes.values())})
        self.order = below(self.arena.items, self.roots)

    def conditions(self, seed: int, powers: Table) -> list[list[int]]:
        """One row per output entry: the rates of all monomials; none where a kink has no certain side at the seeded point."""
        values = read_values(drawn(self.encoded, seed, self.known), self.read.graph, self.read.sizes)
        x = evaluate(self.arena, self._arguments(), values, BITS)
        signs = {k: interval.sign or 0 for k, interval in x.items()}
        if not all(signs[k] for k in self._arguments()):
            return []
        rng = random.Random(seed)
        at, norms = self._point(values, rng)

        def operation(item: Node, of: Sequence[int]) -> int:
            if item.op == "exp" and self.arena.items[item.of[0]].op == "sym":
                return rng.randrange(1, PRIME)
            if item.op == "pw":
                return _residue(item.by[signs[item.of[0]] < 0]) * pow(of[0], int(item.by[2]), PRIME) % PRIME
            if item.op == "^" and item.by[0].denominator == 2 and of[0] in norms:
                return pow(norms[of[0]], item.by[0].numerator, PRIME)
            return _operation(item, of)

        residues = _residues(self.arena, self.order, at, operation)
        theta = np.array([at[name] for name in self.names], dtype=np.int64)
        inverse = np.array([pow(int(t), -1, PRIME) for t in theta], dtype=np.int64)
        monomials = _powers(theta, powers)
        out = []
        for slopes in self.slopes:
            gradient = np.array([residues[slopes[n]] if n in slopes else 0 for n in self.names], dtype=np.int64)
            relative = gradient * inverse % PRIME
            out.append((monomials * (powers @ relative % PRIME) % PRIME).tolist())  # the sums are below 2^31 times the degree
        return out

    def span(self, laws: Sequence[ReadLaw], degree: int) -> int:
        """The dimension of all products of the laws' entries up to the degree, as functions: their values at many points."""
        arena, rng = Arena(), random.Random(-1)
        roots = [(q, 2 if law.squares else 1) for law in laws for q in quantities(law, self.read.sizes, arena).values()]
        chosen = [
            pick
            for k in range(1, degree + 1)
            for pick in combinations_with_replacement(range(len(roots)), k)
            if sum(roots[i][1] for i in pick) <= degree
        ]
        order, rows = below(arena.items, [q for q, _ in roots]), []
        for _ in range(len(chosen) + SPARE):
            residues = _residues(arena, order, {name: rng.randrange(1, PRIME) for name in self.names}, _operation)
            rows.append([prod(residues[roots[i][0]] for i in pick) % PRIME for pick in chosen])
        return _rank(rows)

    def _arguments(self) -> list[int]:
        """The arguments of all kinks, and what is under them."""
        return [self.arena.items[k].of[0] for k in self.order if self.arena.items[k].op == "pw"]

    def _point(self, values: Mapping[str, Fraction], rng: random.Random) -> tuple[dict[str, int], Residues]:
        """A residue for every symbol, 0 for none, constants keeping their value; and norms of the directions' rows by squares."""
        at = {name: _residue(q) if name.split("[")[0] in self.known else rng.randrange(1, PRIME) for name, q in values.items()}
        norms: Residues = {}
        for leaf in self.directions:
            rows: dict[str, list[str]] = {}
            for name in self.names:
                if name.startswith(f"{leaf}["):
                    rows.setdefault(name.rpartition(",")[0], []).append(name)
            for members in rows.values():
                t, c = [rng.randrange(1, PRIME) for _ in members[1:]], rng.randrange(1, PRIME)
                square = sum(x * x for x in t)
                at |= dict(zip(members, [c * (1 - square) % PRIME, *(2 * c * x % PRIME for x in t)], strict=True))
                turned = -1 if not t and values[members[0]] < 0 else 1  # in one dimension the norm is |v|
                norm = turned * c * (1 + square) % PRIME
                norms[norm * norm % PRIME] = norm
        return at, norms


def _residue(q: Fraction) -> int:
    return q.numerator * pow(q.denominator, -1, PRIME) % PRIME


def _residues(
    arena: Arena, order: Sequence[int], at: Mapping[str, int], operation: Callable[[Node, Sequence[int]], int]
) -> Residues:
    """The scalars of the arena in this order, operands first, where the symbols have these residues."""
    out: Residues = {}
    for k in order:
        item = arena.items[k]
        out[k] = at[item.name] if item.op == "sym" else operation(item, [out[a] for a in item.of])
    return out


def _operation(item: Node, of: Sequence[int]) -> int:
    """A rational operation modulo the prime."""
    if item.op == "num":
        return _residue(item.by[0])
    if item.op in ("+", "*"):
        return (sum(of) if item.op == "+" else prod(of)) % PRIME
    if item.op == "^" and item.by[0].denominator == 1:
        return pow(of[0], item.by[0].numerator, PRIME)
    raise WnproofError(
        "E-VALUE",
        f"{item.op} has no value modulo a prime",
        help="polynomial laws are searched for linear, (leaky) ReLU and power activations, plain, SWN and EWN layers",
    )


def _powers(theta: Table, powers: Table) -> Table:
    """The monomials at theta."""
    out = np.ones(len(powers), dtype=np.int64)
    for k in range(int(powers.max())):
        for j, t in enumerate(theta):
            out[powers[:, j] > k] = out[powers[:, j] > k] * int(t) % PRIME
    return out
