"""The functions that compiled loops call, as text: in plain arithmetic where a loop of calls to the C library would be slow."""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial, log


@dataclass(frozen=True)
class _Format:
    """A floating-point format.

    Attributes:
        integer: the integer type of the same width.
        bias: of the exponent.
        fraction: bits behind the point.
        terms: of the exponential series that its precision needs for arguments up to log(2)/2.
        logarithm: log(2) in two parts, the first with so few bits that a multiple of it is exact.
        smallest: arguments below have the exponential 0.
        largest: arguments above have the exponential infinity.
    """

    integer: str
    bias: int
    fraction: int
    terms: int
    logarithm: tuple[float, float]
    smallest: float
    largest: float


_FORMATS = {
    "float64": _Format("int64", 1023, 52, 13, (0.6931471803691238, 1.9082149292705877e-10), -746.0, 710.0),
    "float32": _Format("int32", 127, 23, 7, (0.693359375, -2.12194440054691e-4), -104.0, 89.0),
}

_TEXT = """
from math import erf, inf, log, log1p, sqrt

import numpy as np
from numba import njit
from numpy import {dtype}

FAST = {{"contract", "reassoc"}}  # fused and reordered sums, as in BLAS; nothing that would lose a not-a-number


def at_cache_line(size):
    # zeros that start at a cache line
    memory = np.zeros(size + 16, {dtype})
    first = -memory.ctypes.data // memory.itemsize % (64 // memory.itemsize)
    return memory[first : first + size]


@njit
def maximum(a, b):
    return a if a > b or a != a else b


@njit
def minimum(a, b):
    return a if a < b or a != a else b


@njit
def sign(a):
    return {one} if a > {zero} else -{one} if a < {zero} else a


@njit
def power_of_two(k):
    return np.{integer}((np.{integer}(k) + np.{integer}({bias})) << np.{integer}({fraction})).view({dtype})


@njit(fastmath={{"contract"}})
def reduced(a):
    # e^a = 2^k (1 + p), from r = a - k log(2) with |r| <= log(2)/2; no digit is reordered away
    k = np.floor(a * {inverse} + {half})
    r = (a - k * {high}) - k * {low}
    r2 = r * r
    r4 = r2 * r2
    r8 = r4 * r4
{series}
    return k, p * r2 + r


@njit(fastmath={{"contract"}})
def exp(a):
    k, p = reduced({zero} if a != a else min(max(a, {smallest}), {largest}))
    half = np.floor({half} * k)
    return a if a != a else (p + {one}) * power_of_two(half) * power_of_two(k - half)


@njit(fastmath={{"contract"}})
def tanh(a):
    # (1 - e^-2|a|) / (1 + e^-2|a|), with every digit of the difference for small a
    k, p = reduced({zero} if a != a else -min(abs(a) + abs(a), {far}))
    scale = power_of_two(k)
    less = scale * p + (scale - {one})
    t = less / ({two} + less)
    return -t if a > {zero} else t if a < {zero} else a


@njit(fastmath=FAST)
def softplus(a):
    return maximum(a, {zero}) + log1p(exp(-abs(a)))
"""


def literal(number: float, dtype: str) -> str:
    """A number of this precision."""
    return repr(number) if dtype == "float64" else f"{dtype}({number!r})"


def prelude(dtype: str) -> str:
    """The text of the functions, and what they need, in "float64" or "float32"."""
    form = _FORMATS[dtype]
    numbers = {
        "zero": 0.0,
        "one": 1.0,
        "two": 2.0,
        "half": 0.5,
        "far": 60.0,
        "inverse": 1 / log(2),
        "high": form.logarithm[0],
        "low": form.logarithm[1],
        "smallest": form.smallest,
        "largest": form.largest,
    }
    texts = {name: literal(number, dtype) for name, number in numbers.items()}
    shape = {"integer": form.integer, "bias": form.bias, "fraction": form.fraction}
    return _TEXT.format(dtype=dtype, series=_series(form.terms, dtype), **texts, **shape)


def _series(terms: int, dtype: str) -> str:
    """The lines for p = 1/2! + r/3! + r^2/4! + ..., by pairs of pairs: a processor works on several of them at once."""
    parts = [literal(1 / factorial(k), dtype) for k in range(2, terms + 1)]
    lines = []
    for level, power in enumerate(("r", "r2", "r4", "r8")):
        pairs = [parts[k : k + 2] for k in range(0, len(parts), 2)]
        parts = []
        for k, pair in enumerate(pairs):
            name = f"p{level}_{k}" if len(pairs) > 1 else "p"
            lines += [f"    {name} = {pair[0]} + {pair[1]} * {power}"] if len(pair) == 2 else []
            parts.append(name if len(pair) == 2 else pair[0])
        if len(parts) == 1:
            break
    return "\n".join(lines)
