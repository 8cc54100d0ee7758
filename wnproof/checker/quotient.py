"""Functions of the leaves as polynomials in atoms, with inverses, roots, exp, log, tanh, and what is known of their signs."""

from collections.abc import Collection
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import comb
from typing import NamedTuple

from .polynomial import NEGATIVE, ONE, POSITIVE, SIGNS, Frozen, Monomial, Poly, content, freeze, gather, join, monomial, plus
from .reader import invalid, number_text

MAX_TERMS, MAX_BITS = 400_000, 1_000_000


class Atom(NamedTuple):
    """``positive`` wherever defined; ``degree`` n > 0 and ``base`` for a root, n = 1 for a denominator."""

    name: str
    positive: bool = False
    degree: int = 0
    base: Poly = {}


@dataclass
class Ring:
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
        poles = {a: -e for a, e in sorted({(a, e) for m in p for a, e in m if e < 0}, reverse=True)}  # the lowest e comes last
        unknown = [a for a, e in poles.items() if signed and e % 2 and self.atom_signs(a) not in (POSITIVE, NEGATIVE)]
        m = join(tuple(poles.items()), tuple((a, 1) for a in unknown))
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

    def numerator(self, v: Poly) -> Poly:
        """A polynomial that is 0 exactly where v is 0; no term left = v is 0 wherever it is defined."""
        return self.cleared(v, signed=False)[0]

    def power(self, v: Poly, q: Fraction) -> Poly:
        """The power v^q; a fractional power is a power of the positive root."""
        v = self._root(v, q.denominator) if q.denominator > 1 else v
        if q >= 0:
            return self.raised(v, q.numerator)
        p, m, _ = self.cleared(v, signed=False)
        if not p:
            raise invalid("division by an expression that is identically zero")
        c, n, w = content(p)
        pole = monomial(self.atom(("pole", freeze(w)), Atom(f"({self.text(w)})", degree=1, base=w)), -1) if w != ONE else ONE
        return self.raised(self.product({join(m, n, -1): 1 / c}, pole), -q.numerator)

    def _root(self, v: Poly, n: int) -> Poly:
        """The root (v d^n)^(1/n) / d, d > 0 such that the base is a polynomial; known positive factors come out of it."""
        _, m, s = self.cleared(v)
        p = self.product(v, {join((), m, n): Fraction(s**n)})
        if not p:
            raise invalid("a root of an expression that is identically zero")
        out = {join((), m, -1): Fraction(s)}
        c, shared, q = content(p)
        inside = q if c > 0 else plus({}, q, -1)
        for a, e in shared:
            known = self.atom_signs(a)
            if self.atoms[a].positive and not self.atoms[a].degree:  # exp of something has every power
                out = self.product(out, monomial(a, Fraction(e) / n))
            elif known == POSITIVE:
                root = monomial(self._root_atom(n, monomial(a)), int(e % n))
                out = self.product(out, self.product(monomial(a, int(e // n)), root))
            elif known == NEGATIVE and e % 2 == 0 and e % n == 0:
                out = self.product(out, monomial(a, int(e // n), (-1) ** int(e // n)))
            else:
                inside = self.product(inside, monomial(a, e))
        if c.denominator.bit_length() * n > MAX_BITS:
            raise invalid(f"a root of degree {n} of a number of {c.denominator.bit_length()} bits")
        outer, inner, k = 1, abs(c.numerator) * c.denominator ** (n - 1), 2
        while k**n <= inner and k < 1000:  # trial division with small numbers
            outer, inner, k = (outer * k, inner // k**n, k) if inner % k**n == 0 else (outer, inner, k + 1)
        out = self.product(out, plus({}, ONE, Fraction(outer, c.denominator)))
        roots = [monomial(self._root_atom(n, base)) for base in (plus({}, ONE, inner), inside) if base != ONE]
        return reduce(self.product, roots, out)

    def _root_atom(self, n: int, base: Poly) -> int:
        if all(m == () and c < 0 for m, c in base.items()):
            raise invalid("a root of an expression that is nowhere positive")
        return self.atom(("root", n, freeze(base)), Atom(f"root{n}({self.text(base)})", True, n, base))

    def transcendental(self, op: str, v: Poly) -> Poly:
        """For exp a positive atom E_m per monomial m of v, to the power of its coefficient; tanh(-v) = -tanh(v), log(1) = 0."""
        if op == "exp":
            atoms = [(self.atom(("exp", m), Atom(f"exp({self.text({m: Fraction(1)})})", True)), c) for m, c in v.items()]
            return reduce(self.product, (monomial(a, c) for a, c in atoms), ONE)
        if (not v and op == "tanh") or (v == ONE and op == "log"):
            return {}
        p, m, _ = self.cleared(v, signed=False)
        flip = op == "tanh" and bool(p) and p[max(p)] < 0
        p, v = (plus({}, p, -1), plus({}, v, -1)) if flip else (p, v)
        return monomial(self.atom((op, freeze(p), m), Atom(f"{op}({self.text(v)})")), 1, -1 if flip else 1)

    def oriented(self, v: Poly) -> tuple[Poly, int]:
        """A polynomial p and s = 1 or -1 with sign(v) = s sign(p) wherever v is defined; factors of known sign are dropped."""
        p, _, s = self.cleared(v)
        if not p:
            return p, 1
        c, m, q = content(p)
        for a, e in m:
            known = self.atom_signs(a)
            if known == NEGATIVE and e % 2:
                s = -s
            if known not in (POSITIVE, NEGATIVE):
                q = self.product(q, monomial(a, e))
        return q, s if c > 0 else -s

    def possible(self, v: Poly) -> frozenset[int]:
        """The signs that v can have, as far as is known."""
        p, s = self.oriented(v)
        if not p or p == ONE:
            return frozenset((s,) if p else (0,))
        return frozenset(s * x for x in self.signs.get(freeze(p), SIGNS))

    def assume(self, v: Poly, allowed: Collection[int]) -> None:
        """From here on v has one of these signs."""
        p, s = self.oriented(v)
        if p and p != ONE:
            self._restrict(p, {s * x for x in allowed})
            if 0 not in allowed:  # then no factor is 0 either
                for a, _ in content(p)[1]:
                    self._restrict(monomial(a), {-1, 1})
        elif (s if p else 0) not in allowed:
            self._restrict(ONE, set())  # no point has such a sign

    def _restrict(self, p: Poly, allowed: set[int]) -> None:
        self.signs[freeze(p)] = self.signs.get(freeze(p), SIGNS) & allowed


def _bits(c: Fraction) -> int:
    return max(c.numerator.bit_length(), c.denominator.bit_length())
