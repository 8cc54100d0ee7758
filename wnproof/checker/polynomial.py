"""Exact arithmetic of the proofs: Laurent polynomials over Q in atoms, and quotients of them.

An atom stands for one real function of the leaves: a symbol, the positive n-th root s of a polynomial (s^n is replaced by it), exp of a monomial
(so that exp(a + b) = exp(a) exp(b)), log or tanh of a normal form, the free slope of a kink. The rules are equations that hold wherever both
sides are defined, so a numerator that comes out as 0 proves the equation; one that does not proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from math import comb, gcd, lcm
from typing import NamedTuple

from .reader import invalid, number_text

Monomial = tuple[tuple[int, int | Fraction], ...]
Poly = dict[Monomial, Fraction]
Frozen = tuple[tuple[Monomial, Fraction], ...]
ONE: Poly = {(): Fraction(1)}
SIGNS, POSITIVE, NEGATIVE = frozenset((-1, 0, 1)), frozenset((1,)), frozenset((-1,))
MAX_TERMS, MAX_BITS = 2_000_000, 1_000_000


class Value(NamedTuple):
    """num / (product of the factors of ``den`` to their powers); factors are primitive, with no monomial factor and positive leading coefficient."""

    num: Poly
    den: dict[Frozen, int]


class Atom(NamedTuple):
    """``positive`` wherever defined; ``degree`` n > 0 and ``base`` for a root."""

    name: str
    positive: bool = False
    degree: int = 0
    base: Poly = {}


def monomial(a: int, e: int | Fraction = 1, c: int = 1) -> Value:
    """c times a power of one atom."""
    return Value({((a, e),) if e else (): Fraction(c)}, {})


def freeze(p: Poly) -> Frozen:
    """The polynomial as a key."""
    return tuple(sorted(p.items()))


def join(m: Monomial, n: Monomial) -> Monomial:
    """The product of two monomials."""
    out = dict(m)
    for a, e in n:
        out[a] = out.get(a, 0) + e
    return tuple(sorted((a, e) for a, e in out.items() if e))


def plus(p: Poly, q: Poly, factor: int = 1) -> Poly:
    """p + factor q."""
    out = dict(p)
    for m, c in q.items():
        out[m] = out.get(m, Fraction(0)) + factor * c
    return {m: c for m, c in out.items() if c}


def content(p: Poly) -> tuple[Fraction, Monomial, Poly]:
    """p = c m q with c rational, m the greatest monomial that divides all terms, q with integer coprime coefficients and a positive leading one."""
    c = Fraction(gcd(*(x.numerator for x in p.values())), lcm(*(x.denominator for x in p.values())))
    c = -c if p[max(p)] < 0 else c
    shared = reduce(lambda low, m: {a: min(e, low[a]) for a, e in m if a in low}, map(dict.items, map(dict, p)), dict(next(iter(p))))
    m = tuple(sorted(shared.items()))
    inverse = tuple((a, -e) for a, e in m)
    return c, m, {join(k, inverse): x / c for k, x in p.items()}


@dataclass
class Ring:
    """The atoms, and what is known of signs: ``signs`` maps a primitive polynomial to the signs that it can have."""

    atoms: list[Atom] = field(default_factory=list)
    index: dict[object, int] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    signs: dict[Frozen, frozenset[int]] = field(default_factory=dict)

    def fork(self) -> Ring:
        """The same atoms, with signs that may become more special."""
        return Ring(self.atoms, self.index, self.names, dict(self.signs))

    def atom(self, key: object, make: Atom) -> int:
        """The number of the atom with this key; ``make`` is used when it is new."""
        if (a := self.index.get(key)) is None:
            if self.names.setdefault(make.name, len(self.atoms)) != len(self.atoms):
                raise invalid(f"two atoms would be called {make.name[:80]}")
            a = self.index[key] = len(self.atoms)
            self.atoms.append(make)
        return a

    def symbol(self, name: str) -> Value:
        """A free real variable."""
        return monomial(self.atom(("sym", name), Atom(name)))

    # -- polynomials

    def product(self, p: Poly, q: Poly) -> Poly:
        """p q, with powers of roots reduced."""
        if len(p) * len(q) > MAX_TERMS:
            raise invalid(f"a product of {len(p)} by {len(q)} terms is beyond the limit {MAX_TERMS}")
        if sum(_bits(c) for some in (p, q) for c in list(some.values())[:1]) > MAX_BITS:
            raise invalid(f"a coefficient of more than {MAX_BITS} bits")
        out: Poly = {}
        for m, c in p.items():
            for n, d in q.items():
                k = join(m, n)
                out[k] = out.get(k, Fraction(0)) + c * d
        return self._reduced(out)

    def _reduced(self, p: Poly) -> Poly:
        out: Poly = {}
        for m, c in p.items():
            term = {m: c}
            for a, e in m:
                if self.atoms[a].degree and e >= self.atoms[a].degree:  # s^e = s^(e mod n) (s^n)^(e div n)
                    times, rest = divmod(int(e), self.atoms[a].degree)
                    term = self.product({join(m, ((a, rest - e),)): c}, self.raised(self.atoms[a].base, times))
                    break
            for k, x in term.items():
                out[k] = out.get(k, Fraction(0)) + x
        return {m: c for m, c in out.items() if c}

    def raised(self, p: Poly, n: int) -> Poly:
        """p^n for n >= 0; the size is estimated first."""
        bits = max(map(_bits, p.values()), default=0)
        if bits * n > MAX_BITS or (len(p) > 1 and comb(n + len(p) - 1, n) > MAX_TERMS):
            raise invalid(f"power {n} of {len(p)} terms is beyond the limits ({MAX_TERMS} terms, {MAX_BITS} bits)")
        out, square = ONE, p
        while n:
            out = self.product(out, square) if n & 1 else out
            n >>= 1
            square = self.product(square, square) if n else square
        return out

    def cleared(self, p: Poly) -> tuple[Poly, Monomial]:
        """p m without negative exponents, and the monomial m, which is positive wherever p is defined; p = 0 exactly where p m = 0."""
        low: dict[int, int | Fraction] = {}
        for m in p:
            for a, e in m:
                low[a] = min(e, low.get(a, 0))
        m = tuple(sorted((a, -e if self.atom_signs(a) == POSITIVE else e % 2 - e) for a, e in low.items() if e < 0))
        return (self.product(p, {m: Fraction(1)}), m) if m else (p, m)

    # -- values

    def number(self, q: Fraction) -> Value:
        """A constant."""
        return Value({(): q} if q else {}, {})

    def add(self, v: Value, w: Value, factor: int = 1) -> Value:
        """v + factor w over a common denominator."""
        den = {f: max(v.den.get(f, 0), w.den.get(f, 0)) for f in (*v.den, *w.den)}
        left, right = (self._times(x.num, {f: k - x.den.get(f, 0) for f, k in den.items()}) for x in (v, w))
        num = plus(left, right, factor)
        return Value(num, den if num else {})

    def mul(self, v: Value, w: Value) -> Value:
        """The product."""
        num = self.product(v.num, w.num)
        return Value(num, {f: v.den.get(f, 0) + w.den.get(f, 0) for f in (*v.den, *w.den)} if num else {})

    def _times(self, p: Poly, factors: dict[Frozen, int]) -> Poly:
        for f, k in factors.items():
            p = self.product(p, self.raised(dict(f), k)) if k else p
        return p

    def numerator(self, v: Value) -> Poly:
        """A polynomial that is 0 exactly where v is 0; no term left = v is 0 wherever it is defined."""
        return self.cleared(v.num)[0]

    def power(self, v: Value, q: Fraction) -> Value:
        """v^q; a fractional power is a power of the positive root."""
        v = self._root(v, q.denominator) if q.denominator > 1 else v
        v = self._inverse(v) if q < 0 else v
        n = abs(q.numerator)
        return Value(self.raised(v.num, n), {f: k * n for f, k in v.den.items()} if n else {})

    def _inverse(self, v: Value) -> Value:
        p, m = self.cleared(v.num)
        if not p:
            raise invalid("division by an expression that is identically zero")
        c, n, q = content(p)
        num = self._times(self.product({join(m, tuple((a, -e) for a, e in n)): 1 / c}, ONE), v.den)
        return Value(num, {} if q == ONE else {freeze(q): 1})

    def _root(self, v: Value, n: int) -> Value:
        """v^(1/n) = (p d^n ...)^(1/n) / d for a positive d that makes the base a polynomial; known positive factors come out of the root."""
        num, over = v.num, Value(ONE, {})
        for f, k in v.den.items():
            d = k if k % 2 == 0 or self.signs.get(f) == POSITIVE else 2 * k
            num = self._times(num, {f: d * n - k})
            over = Value(ONE, {**over.den, f: d})
        m = self.cleared(num)[1]
        p = self.product(num, {tuple((a, e * n) for a, e in m): Fraction(1)})
        if not p:
            raise invalid("a root of an expression that is identically zero")
        out = Value({tuple((a, -e) for a, e in m): Fraction(1)}, over.den)
        c, shared, q = content(p)
        inside: Poly = {m_: x * (1 if c > 0 else -1) for m_, x in q.items()}
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
        outer, inner = _split_power(abs(c.numerator) * c.denominator ** (n - 1), n)
        out = self.mul(out, self.number(Fraction(outer, c.denominator)))
        constant: Poly = {(): Fraction(inner)}
        for base in (constant, inside):
            out = out if base == ONE else self.mul(out, monomial(self._root_atom(n, base)))
        return out

    def _root_atom(self, n: int, base: Poly) -> int:
        if all(m == () and c < 0 for m, c in base.items()):
            raise invalid("a root of an expression that is nowhere positive")
        return self.atom(("root", n, freeze(base)), Atom(f"root{n}({self.text(base)})", True, n, base))

    def exp(self, v: Value) -> Value:
        """exp(sum c m) = product of exp(m)^c, one positive atom for each monomial m (over the denominator of v)."""
        out, den = Value(ONE, {}), tuple(sorted(v.den.items()))
        for m, c in v.num.items():
            name = f"exp({self.value_text(Value({m: Fraction(1)}, v.den))})"
            out = self.mul(out, monomial(self.atom(("exp", m, den), Atom(name, True)), c))
        return out

    def opaque(self, op: str, v: Value) -> Value:
        """log or tanh of a normal form; tanh(-v) = -tanh(v), tanh(0) = 0, log(1) = 0."""
        if (not v.num and op == "tanh") or (v == Value(ONE, {}) and op == "log"):
            return Value({}, {})
        flip = op == "tanh" and v.num[max(v.num)] < 0
        v = Value({m: -c for m, c in v.num.items()}, v.den) if flip else v
        key = (op, freeze(v.num), tuple(sorted(v.den.items())))
        return monomial(self.atom(key, Atom(f"{op}({self.value_text(v)})")), 1, -1 if flip else 1)

    # -- signs

    def atom_signs(self, a: int) -> frozenset[int]:
        """The signs that an atom can have."""
        return POSITIVE if self.atoms[a].positive else self.signs.get(((((a, 1),), Fraction(1)),), SIGNS)

    def oriented(self, v: Value) -> tuple[Poly, int]:
        """A primitive polynomial p and s = 1 or -1 with sign(v) = s sign(p) wherever v is defined; known positive factors are dropped."""
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

    def assume(self, v: Value, allowed: Iterable[int]) -> None:
        """From here on v has one of these signs."""
        p, s = self.oriented(v)
        if p and p != ONE:
            self.signs[freeze(p)] = self.signs.get(freeze(p), SIGNS) & {s * x for x in allowed}

    # -- text

    def text(self, p: Poly) -> str:
        """The polynomial in plain text, the same at every run."""
        terms = ["*".join([number_text(c)] + [self.atoms[a].name + (f"^({e})" if e != 1 else "") for a, e in m]) for m, c in sorted(p.items())]
        return " + ".join(t.removeprefix("1*") for t in terms) or "0"

    def value_text(self, v: Value) -> str:
        """Numerator and denominator in plain text."""
        return "/".join([f"({self.text(v.num)})" if v.den else self.text(v.num)] + [f"({self.text(dict(f))})^{k}" for f, k in v.den.items()])


def _bits(c: Fraction) -> int:
    return max(c.numerator.bit_length(), c.denominator.bit_length())


def _split_power(k: int, n: int) -> tuple[int, int]:
    """k = outer^n inner for a positive integer k, by trial division with small numbers."""
    outer, p = 1, 2
    while p**n <= k and p < 1000:
        while k % p**n == 0:
            k, outer = k // p**n, outer * p
        p += 1
    return outer, k
