"""Quotients of polynomials: the values of scalars in a proof, with roots, exp, log, tanh, and what is known of their signs."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from .polynomial import MAX_BITS, NEGATIVE, ONE, POSITIVE, SIGNS, Atom, Frozen, Poly, Polynomials, content, freeze, join, plus
from .reader import invalid


class Value(NamedTuple):
    """num / (product of the factors of ``den`` to their powers); factors are the q of ``content``."""

    num: Poly
    den: dict[Frozen, int]


def monomial(a: int, e: int | Fraction = 1, c: int = 1) -> Value:
    """C times a power of one atom."""
    return Value({((a, e),) if e else (): Fraction(c)}, {})


class Ring(Polynomials):
    """Arithmetic of quotients."""

    def number(self, q: Fraction) -> Value:
        """A constant."""
        return Value({(): q} if q else {}, {})

    def add(self, v: Value, w: Value, factor: int = 1) -> Value:
        """The sum v + factor w over a common denominator."""
        den = {f: max(v.den.get(f, 0), w.den.get(f, 0)) for f in (*v.den, *w.den)}
        left, right = (self._times(x.num, {f: k - x.den.get(f, 0) for f, k in den.items()}) for x in (v, w))
        num = plus(left, right, factor)
        return Value(num, den if num else {})

    def mul(self, v: Value, w: Value) -> Value:
        """The product."""
        num = self.product(v.num, w.num)
        return Value(num, plus(v.den, w.den) if num else {})

    def _times(self, p: Poly, factors: dict[Frozen, int]) -> Poly:
        for f, k in factors.items():
            p = self.product(p, self.raised(dict(f), k)) if k else p
        return p

    def numerator(self, v: Value) -> Poly:
        """A polynomial that is 0 exactly where v is 0; no term left = v is 0 wherever it is defined."""
        return self.cleared(v.num)[0]

    def power(self, v: Value, q: Fraction) -> Value:
        """The power v^q; a fractional power is a power of the positive root."""
        v = self._root(v, q.denominator) if q.denominator > 1 else v
        v = self._inverse(v) if q < 0 else v
        n = abs(q.numerator)
        return Value(self.raised(v.num, n), {f: k * n for f, k in v.den.items()} if n else {})

    def _inverse(self, v: Value) -> Value:
        p, m = self.cleared(v.num)
        if not p:
            raise invalid("division by an expression that is identically zero")
        c, n, q = content(p)
        num = self._times(self.product({join(m, n, -1): 1 / c}, ONE), v.den)
        return Value(num, {} if q == ONE else {freeze(q): 1})

    def _root(self, v: Value, n: int) -> Value:
        """The root (v d^n)^(1/n) / d, d > 0 such that the base is a polynomial; known positive factors come out of it."""
        over = {f: k if k % 2 == 0 or self.signs.get(f) == POSITIVE else 2 * k for f, k in v.den.items()}
        num = self._times(v.num, {f: d * n - v.den[f] for f, d in over.items()})
        m = self.cleared(num)[1]
        p = self.product(num, {join((), m, n): Fraction(1)})
        if not p:
            raise invalid("a root of an expression that is identically zero")
        out = Value({join((), m, -1): Fraction(1)}, over)
        c, shared, q = content(p)
        inside = q if c > 0 else plus({}, q, -1)
        for a, e in shared:
            known = self.atom_signs(a)
            if self.atoms[a].positive and not self.atoms[a].degree:  # exp of something has every power
                out = self.mul(out, monomial(a, Fraction(e) / n))
            elif known == POSITIVE:
                root = monomial(self._root_atom(n, monomial(a).num), int(e % n))
                out = self.mul(out, self.mul(monomial(a, int(e // n)), root))
            elif known == NEGATIVE and e % 2 == 0 and e % n == 0:
                out = self.mul(out, monomial(a, int(e // n), (-1) ** int(e // n)))
            else:
                inside = self.product(inside, {((a, e),): Fraction(1)})
        if c.denominator.bit_length() * n > MAX_BITS:
            raise invalid(f"a root of degree {n} of a number of {c.denominator.bit_length()} bits")
        outer, inner = _split_power(abs(c.numerator) * c.denominator ** (n - 1), n)
        out = self.mul(out, self.number(Fraction(outer, c.denominator)))
        roots = [monomial(self._root_atom(n, base)) for base in (self.number(Fraction(inner)).num, inside) if base != ONE]
        return reduce(self.mul, roots, out)

    def _root_atom(self, n: int, base: Poly) -> int:
        if all(m == () and c < 0 for m, c in base.items()):
            raise invalid("a root of an expression that is nowhere positive")
        return self.atom(("root", n, freeze(base)), Atom(f"root{n}({self.text(base)})", True, n, base))

    def exp(self, v: Value) -> Value:
        """The exponential: one positive atom E_m per monomial m, to the power of the coefficient of m in v."""
        out, den = Value(ONE, {}), tuple(sorted(v.den.items()))
        for m, c in v.num.items():
            name = f"exp({self.value_text(Value({m: Fraction(1)}, v.den))})"
            out = self.mul(out, monomial(self.atom(("exp", m, den), Atom(name, True)), c))
        return out

    def opaque(self, op: str, v: Value) -> Value:
        """Either log or tanh of a normal form; tanh(-v) = -tanh(v), tanh(0) = 0, log(1) = 0."""
        if (not v.num and op == "tanh") or (v == Value(ONE, {}) and op == "log"):
            return Value({}, {})
        flip = op == "tanh" and v.num[max(v.num)] < 0
        v = Value(plus({}, v.num, -1), v.den) if flip else v
        key = (op, freeze(v.num), tuple(sorted(v.den.items())))
        return monomial(self.atom(key, Atom(f"{op}({self.value_text(v)})")), 1, -1 if flip else 1)

    def oriented(self, v: Value) -> tuple[Poly, int]:
        """A polynomial p and s = 1 or -1 with sign(v) = s sign(p) wherever v is defined; factors of known sign are dropped."""
        p, s = self.cleared(v.num)[0], 1
        for f, k in v.den.items():
            if k % 2 and (known := self.signs.get(f)) != POSITIVE:
                p, s = (p, -s) if known == NEGATIVE else (self.product(p, dict(f)), s)
        if not p:
            return p, 1
        c, m, q = content(p)
        for a, e in m:
            known = self.atom_signs(a)
            if known == NEGATIVE and e % 2:
                s = -s
            if known not in (POSITIVE, NEGATIVE):
                q = self.product(q, {((a, e),): Fraction(1)})
        return q, s if c > 0 else -s

    def possible(self, v: Value) -> frozenset[int]:
        """The signs that v can have, as far as is known."""
        p, s = self.oriented(v)
        if not p or p == ONE:
            return frozenset((s,) if p else (0,))
        return frozenset(s * x for x in self.signs.get(freeze(p), SIGNS))

    def assume(self, v: Value, allowed: Collection[int]) -> None:
        """From here on v has one of these signs."""
        p, s = self.oriented(v)
        if p and p != ONE:
            self._restrict(p, {s * x for x in allowed})
            if 0 not in allowed:  # then no factor is 0 either
                for a, _ in content(p)[1]:
                    self._restrict(monomial(a).num, {-1, 1})

    def _restrict(self, p: Poly, allowed: set[int]) -> None:
        self.signs[freeze(p)] = self.signs.get(freeze(p), SIGNS) & allowed

    def value_text(self, v: Value) -> str:
        """Numerator and denominator in plain text."""
        top = f"({self.text(v.num)})" if v.den else self.text(v.num)
        return "/".join([top, *(f"({self.text(dict(f))})^{k}" for f, k in sorted(v.den.items()))])


def _split_power(k: int, n: int) -> tuple[int, int]:
    """Write k = outer^n inner for a positive integer k, by trial division with small numbers."""
    outer, p = 1, 2
    while p**n <= k and p < 1000:
        while k % p**n == 0:
            k, outer = k // p**n, outer * p
        p += 1
    return outer, k
