"""Exact arithmetic of the proofs: Laurent polynomials over Q in atoms.

An atom stands for one real function of the leaves: a symbol, the positive n-th root s of a polynomial (s^n is replaced by it), a
polynomial as a denominator (n = 1, only its negative powers stay), exp of a monomial (exp(a + b) = exp(a) exp(b)), log or tanh
of a normal form, the free slope of a kink. The rules are equations wherever both sides are defined: a numerator 0 proves an
equation, another nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import comb, gcd, lcm
from typing import Any, NamedTuple

from .reader import invalid, number_text

Monomial = tuple[tuple[int, int | Fraction], ...]
Poly = dict[Monomial, Fraction]
Frozen = tuple[tuple[Monomial, Fraction], ...]
ONE: Poly = {(): Fraction(1)}
SIGNS, POSITIVE, NEGATIVE = frozenset((-1, 0, 1)), frozenset((1,)), frozenset((-1,))
MAX_TERMS, MAX_BITS = 400_000, 1_000_000


class Atom(NamedTuple):
    """``positive`` wherever defined; ``degree`` n > 0 and ``base`` for a root, n = 1 for a denominator."""

    name: str
    positive: bool = False
    degree: int = 0
    base: Poly = {}


def freeze(p: Poly) -> Frozen:
    """The polynomial as a key."""
    return tuple(sorted(p.items()))


def gather(terms: Iterable[tuple[Any, Any]]) -> dict[Any, Any]:
    """Terms (key, coefficient) of the same key added up; what adds up to 0 is gone."""
    out: dict[Any, Any] = {}
    for key, c in terms:
        out[key] = out[key] + c if key in out else c
    return {key: c for key, c in out.items() if c}


def join(m: Monomial, n: Monomial, k: int = 1) -> Monomial:
    """The product m n^k of monomials."""
    return tuple(sorted(gather((*m, *((a, k * e) for a, e in n))).items()))


def plus(p: dict[Any, Any], q: dict[Any, Any], factor: int | Fraction = 1) -> dict[Any, Any]:
    """The sum p + factor q."""
    return gather((*p.items(), *((m, factor * c) for m, c in q.items())))


def content(p: Poly) -> tuple[Fraction, Monomial, Poly]:
    """Write p = c m q: c rational, m the greatest common monomial, q with coprime integer coefficients (leading one > 0)."""
    c = Fraction(gcd(*(x.numerator for x in p.values())), lcm(*(x.denominator for x in p.values())))
    c = -c if p[max(p)] < 0 else c
    shared = dict(next(iter(p)))
    for k in p:
        shared = {a: min(e, shared[a]) for a, e in k if a in shared}
    m = tuple(sorted(shared.items()))
    return c, m, {join(k, m, -1): x / c for k, x in p.items()}


@dataclass
class Polynomials:
    """The atoms, and what is known of signs: ``signs`` maps a primitive polynomial to the signs that it can have."""

    atoms: list[Atom] = field(default_factory=list)
    index: dict[object, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    signs: dict[Frozen, frozenset[int]] = field(default_factory=dict)

    def atom(self, key: object, make: Atom) -> int:
        """The number of the atom with this key; ``make`` is used when it is new."""
        if (a := self.index.get(key)) is None:
            if self.names.setdefault(make.name, len(self.atoms)) != len(self.atoms):
                raise invalid(f"two atoms would be called {make.name[:80]}")
            a = self.index[key] = len(self.atoms)
            self.atoms.append(make)
        return a

    def product(self, p: Poly, q: Poly) -> Poly:
        """The product, with powers of roots reduced."""
        if len(p) * len(q) > MAX_TERMS or sum(_bits(c) for some in (p, q) for c in list(some.values())[:1]) > MAX_BITS:
            raise invalid(f"a product of {len(p)} by {len(q)} terms is beyond the limits ({MAX_TERMS} terms, {MAX_BITS} bits)")
        return self._reduced(gather((join(m, n), c * d) for m, c in p.items() for n, d in q.items()))

    def _reduced(self, p: Poly) -> Poly:
        """Every s^e, s^n = base, becomes s^(e mod n) base^(e div n); terms with the same power of a base share the work."""
        groups: dict[tuple[int, int], Poly] = {}
        for m, c in p.items():
            high = ((a, int(e) // n, n) for a, e in m if (n := self.atoms[a].degree) and e >= n)
            a, times, n = next(high, (0, 0, 0))
            groups.setdefault((a, times), {})[join(m, ((a, -times * n),)) if times else m] = c
        done = groups.pop((0, 0), {})
        parts = [self.product(some, self.raised(self.atoms[a].base, times)) for (a, times), some in groups.items()]
        return gather(term for part in (done, *parts) for term in part.items()) if parts else p

    def raised(self, p: Poly, n: int) -> Poly:
        """The power p^n, n >= 0; the size is estimated first."""
        bits = max(map(_bits, p.values()), default=0)
        if bits * n > MAX_BITS or (len(p) > 1 and comb(n + len(p) - 1, n) > MAX_TERMS):
            raise invalid(f"power {n} of {len(p)} terms is beyond the limits ({MAX_TERMS} terms, {MAX_BITS} bits)")
        if n < 2:
            return p if n else ONE
        half = self.raised(p, n // 2)
        return self.product(self.product(half, half), p if n % 2 else ONE)

    def cleared(self, p: Poly, signed: bool = True) -> tuple[Poly, Monomial, int]:
        """The product p m without negative exponents, m, and ``signed``: the sign of m, 1 or -1, wherever p is defined."""
        low: dict[int, int | Fraction] = {}
        for m in p:
            for a, e in m:
                low[a] = min(e, low.get(a, 0))
        poles = {a: -e for a, e in low.items() if e < 0}
        unknown = [a for a, e in poles.items() if signed and e % 2 and self.atom_signs(a) not in (POSITIVE, NEGATIVE)]
        m = join(tuple(sorted(poles.items())), tuple((a, 1) for a in unknown))
        sign = -1 if sum(e % 2 for a, e in m if self.atom_signs(a) == NEGATIVE) % 2 else 1
        return (self.product(p, {m: Fraction(1)}) if m else p), m, sign

    def atom_signs(self, a: int) -> frozenset[int]:
        """The signs that an atom can have."""
        own: Poly = self.atoms[a].base if self.atoms[a].degree == 1 else {((a, 1),): Fraction(1)}
        return POSITIVE if self.atoms[a].positive else self.signs.get(freeze(own), SIGNS)

    def text(self, p: Poly) -> str:
        """The polynomial in plain text, the same at every run."""
        powers = {m: [self.atoms[a].name + (f"^({number_text(e)})" if e != 1 else "") for a, e in m] for m in p}
        terms = ["*".join([number_text(c), *powers[m]]) for m, c in sorted(p.items())]
        return " + ".join(t.removeprefix("1*") for t in terms) or "0"


def _bits(c: Fraction) -> int:
    return max(c.numerator.bit_length(), c.denominator.bit_length())
