"""Functions of the leaves as polynomials in atoms, with inverses, roots, exp, log, tanh, and what is known of their signs."""

from collections.abc import Collection
from fractions import Fraction
from functools import reduce

from .polynomial import MAX_BITS, NEGATIVE, ONE, POSITIVE, SIGNS, Atom, Poly, Polynomials, content, freeze, join, plus
from .reader import invalid


def monomial(a: int, e: int | Fraction = 1, c: int = 1) -> Poly:
    """C times a power of one atom."""
    return {((a, e),) if e else (): Fraction(c)}


class Ring(Polynomials):
    """What can be done with functions."""

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

    def exp(self, v: Poly) -> Poly:
        """The exponential: one positive atom E_m per monomial m, to the power of the coefficient of m in v."""
        atoms = [(self.atom(("exp", m), Atom(f"exp({self.text({m: Fraction(1)})})", True)), c) for m, c in v.items()]
        return reduce(self.product, (monomial(a, c) for a, c in atoms), ONE)

    def opaque(self, op: str, v: Poly) -> Poly:
        """Either log or tanh of a normal form; tanh(-v) = -tanh(v), tanh(0) = 0, log(1) = 0."""
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
