"""Strict reading: bytes -> JSON values -> typed fields, with every surprise rejected before anything is computed from it."""

import json
import re
from collections.abc import Callable, Collection, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial
from itertools import accumulate
from math import gcd
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")
MAX_BYTES, MAX_DEPTH, MAX_DIGITS = 64 << 20, 64, 100_000
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:/([1-9][0-9]*))?", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.'~]*", re.ASCII)
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


class Invalid(Exception):  # noqa: N818 - what is invalid is the certificate
    """A certificate that is not accepted: a stable code (E-CERT-...) and the place where it fails."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


syntax = partial(Invalid, "E-CERT-SYNTAX")  # not JSON of the kind a certificate is written in
invalid = partial(Invalid, "E-CERT-INVALID")  # well formed, and does not show what it says
unknown = partial(Invalid, "E-CERT-VERSION")  # a field, kind or version of a newer wnproof perhaps: what it means is not known


def read(data: bytes) -> Any:
    """Parse JSON bytes; duplicate keys, floats, NaN, deep nesting, huge files and huge numbers are E-CERT-SYNTAX."""
    turns = (1 if bracket in b"[{" else -1 for bracket in re.findall(rb"[\[\]{}]", _STRINGS.sub(b"", data[: MAX_BYTES + 1])))
    if len(data) > MAX_BYTES or max(accumulate(turns), default=0) > MAX_DEPTH:  # before json recurses into it
        raise syntax(f"{len(data)} bytes, the limit is {MAX_BYTES}, or nested deeper than {MAX_DEPTH}")
    try:
        text = data.decode()
        return json.loads(text, object_pairs_hook=_object, parse_float=_no_float, parse_constant=_no_float, parse_int=_int)
    except ValueError as error:
        raise syntax(f"not JSON in UTF-8: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise syntax(f"a key occurs twice among {sorted(key for key, _ in pairs)}")
    return out


def _no_float(text: str) -> NoReturn:
    raise syntax(f"number {text[:40]} is not exact; write 'p/q'")


def _int(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise syntax(f"a number of {len(text)} digits, the limit is {MAX_DIGITS}")
    return int(Decimal(text))  # exact at any length; int itself refuses more than 4300 digits


def fraction(text: object) -> Fraction:
    """A rational number from its one canonical spelling "p" or "p/q" in lowest terms, q > 1."""
    match = _NUMBER.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[0] == "-0":
        raise syntax(f"{shorten(text)} is not a number 'p' or 'p/q'")
    top, bottom = _int(match[1]), _int(match[2] or "1")
    if match[2] and (bottom == 1 or gcd(top, bottom) != 1):
        raise syntax(f"{shorten(text)} is not in lowest terms")
    return Fraction(top, bottom)


def number_text(value: Fraction | int) -> str:
    """The canonical spelling, or a remark on the size where the digits would help nobody."""
    value = Fraction(value)
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    return str(value) if bits <= 2000 else f"<number of {bits} bits>"


def shorten(value: object, limit: int = 160) -> str:
    """A printable piece of a value for a message."""
    try:
        text = value.encode("ascii", "backslashreplace").decode() if isinstance(value, str) else repr(value)
    except ValueError:  # the interpreter does not print integers of more than 4300 digits
        text = "a value with a huge number"
    return text if len(text) <= limit else text[:limit] + "..."


def expect_list(value: object, length: int | None = None) -> list[Any]:
    """A list, of the given length when one is given."""
    out: list[Any] = _typed(value, list, "a list")
    if length not in (None, len(out)):
        raise syntax(f"expected a list of {length}, got {shorten(value)}")
    return out


def expect_fields(value: object, required: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
    """The object itself, when it is one with all the required fields and no unknown one."""
    out: dict[str, Any] = _typed(value, dict, f"an object with {list(required)}")
    if missing := [name for name in required if name not in out]:
        raise syntax(f"field {missing[0]!r} is missing")
    if extra := sorted(set(out) - set(required) - set(optional)):
        raise unknown(f"unknown field {shorten(extra[0])!r}")
    return out


def expect_int(value: object, low: int | None = None, high: int | None = None) -> int:
    """An integer of JSON (a truth value is none), low <= value <= high."""
    out = _typed(value, int, "an integer")
    if (low is not None and out < low) or (high is not None and out > high):
        raise invalid(f"integer {number_text(out)} is outside {low}..{high}")
    return out


def expect_one(value: object, known: Collection[str], error: Callable[[str], Invalid] = unknown) -> str:
    """One of these words."""
    if (text := expect_str(value)) not in known:
        raise error(f"unknown {shorten(text)!r}, there are {shorten(sorted(known))}")
    return text


def expect_name(value: object) -> str:
    """A name of a leaf or an axis: ASCII letters, digits and _ . ' ~, so that no name can pose as a sentence."""
    text = expect_str(value)
    if not _NAME.fullmatch(text) or len(text) > 64:
        raise syntax(f"{shorten(text)!r} is not a name (letters, digits and _.'~, at most 64)")
    return text


def _typed(value: object, kind: type[T], what: str) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise syntax(f"expected {what}, got {shorten(value)}")
    return value


expect_str: Callable[[object], str] = partial(_typed, kind=str, what="a string")
expect_map: Callable[[object], dict[str, Any]] = partial(_typed, kind=dict, what="an object")  # its writer chose the keys
