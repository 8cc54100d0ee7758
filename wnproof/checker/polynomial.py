"""Exact arithmetic of the proofs: Laurent polynomials over Q in atoms.

An atom stands for one real function of the leaves: a symbol, the positive n-th root s of a polynomial (s^n is replaced by it), a
polynomial as a denominator (n = 1, only its negative powers stay), exp of a monomial (exp(a + b) = exp(a) exp(b)), log or tanh
of a normal form, the free slope of a kink. The rules are equations wherever both sides are defined: a numerator 0 proves an
equation, another nothing.
"""

from collections.abc import Iterable
from fractions import Fraction
from math import gcd, lcm
from typing import Any

Monomial = tuple[tuple[int, int | Fraction], ...]
Poly = dict[Monomial, Fraction]
Frozen = tuple[tuple[Monomial, Fraction], ...]
ONE: Poly = {(): Fraction(1)}
SIGNS, POSITIVE, NEGATIVE = frozenset((-1, 0, 1)), frozenset((1,)), frozenset((-1,))


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


def monomial(a: int, e: int | Fraction = 1, c: int = 1) -> Poly:
    """C times a power of one atom."""
    return {((a, e),) if e else (): Fraction(c)}
