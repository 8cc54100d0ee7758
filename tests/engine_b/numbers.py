"""Real numbers of the second engine: exact fmpq as long as possible, FLINT balls beyond.

Shares no code with the checker. Every question about a sign has three answers.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import product

import flint
from flint import arb, fmpq, fmpz


class Undefined(Exception):
    """Certainly or possibly outside the domain of an operation."""


class Formal:
    """A number given by a formula (symbolic.py); it brings its own operations."""


def indices(axes, sizes):
    """All index tuples of these axes."""
    return product(*(range(sizes[a]) for a in axes))


@contextmanager
def precision(bits):
    """FLINT's working precision, put back afterwards."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def number(text):
    """The "p" or "p/q" of a certificate, exactly."""
    top, _, bottom = str(text).partition("/")
    return fmpq(int(top), int(bottom or 1))


def ball(x):
    return x if isinstance(x, arb) else arb(x)


def sign(x):
    """1, -1 or 0 when that is certain, else None."""
    if isinstance(x, Formal):
        return x.sign()
    if isinstance(x, fmpq):
        return (x > 0) - (x < 0)
    return 1 if x > 0 else -1 if x < 0 else 0 if x == 0 else None


def add(x, y):
    if isinstance(x, Formal) or isinstance(y, Formal):
        return x.plus(y) if isinstance(x, Formal) else y.plus(x)
    return x + y if isinstance(x, fmpq) and isinstance(y, fmpq) else ball(x) + ball(y)


def mul(x, y):
    if isinstance(x, fmpq) and isinstance(y, fmpq):
        return x * y
    if any(isinstance(z, fmpq) and z == 0 for z in (x, y)):
        return fmpq(0)
    if isinstance(x, Formal) or isinstance(y, Formal):
        return x.times(y) if isinstance(x, Formal) else y.times(x)
    return ball(x) * ball(y)


def integer_power(x, n):
    """By multiplications: arb ** int is nan around 0."""
    out = fmpq(1)
    while n:
        out = mul(out, x) if n & 1 else out
        n >>= 1
        x = mul(x, x) if n else x
    return out


def _exact_root(x, n):
    parts = []
    for z in (x.p, x.q):
        root = round_root(int(z), n)
        if root is None:
            return None
        parts.append(root)
    return fmpq(*parts)


def round_root(z, n):
    root = int(fmpz(z).root(n))
    return root if root**n == z else None


def power(x, q):
    """The power x^q; the positive root of a positive number when q is no integer."""
    if isinstance(x, Formal):
        return x.power(q)
    p, n = int(q.p), int(q.q)
    if n > 1:
        if sign(x) != 1:
            raise Undefined("a root of what is not positive")
        exact = _exact_root(x, n) if isinstance(x, fmpq) else None
        x = exact if exact is not None else ball(x).root(n)
    if p < 0:
        if not sign(x):
            raise Undefined("division by zero")
        x = 1 / x
    return integer_power(x, abs(p))


def exp(x):
    if isinstance(x, Formal):
        return x.exp()
    if isinstance(x, fmpq) and x == 0:
        return fmpq(1)
    if abs(ball(x)) > 10**5:
        raise Undefined("an exponential beyond any use")
    return ball(x).exp()


def log(x):
    if isinstance(x, Formal):
        return x.opaque("log")
    if sign(x) != 1:
        raise Undefined("the logarithm of what is not positive")
    return fmpq(0) if isinstance(x, fmpq) and x == 1 else ball(x).log()


def tanh(x):
    if isinstance(x, Formal):
        return x.opaque("tanh")
    return fmpq(0) if isinstance(x, fmpq) and x == 0 else ball(x).tanh()


def hull(x, y):
    """A ball around both."""
    return ball(x).union(ball(y))


def between(z, below, above):
    """A slope between the two at a kink whose argument z is 0: the middle, or for formulas any one of them."""
    if isinstance(z, Formal) and below != above:
        return add(below, mul(above - below, z.slope()))
    return (above + below) / 2


def differ(x, y):
    """Certainly different."""
    return bool(sign(add(x, mul(fmpq(-1), y))))
