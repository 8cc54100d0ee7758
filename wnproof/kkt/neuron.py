"""The one-neuron problem as exact data: what the enumeration of KKT points takes and what a certificate names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from wnproof.errors import WnproofError

Direction = tuple[Fraction, ...]


def spelled(number: Fraction | int) -> str:
    """The number as "p" or "p/q" in lowest terms, at any length (the interpreter's own spelling ends at 4300 digits).

    >>> spelled(Fraction(-6, 4)), len(spelled(10**9999))
    ('-3/2', 10000)
    """
    top, bottom = (format(Decimal(part), "f") for part in number.as_integer_ratio())
    return top if bottom == "1" else f"{top}/{bottom}"


@dataclass(frozen=True)
class Neuron:
    """The correlation of labels with one (leaky) ReLU neuron, as exact data.

    ``N(w) = outer_scale * outer * sum_i y_i sigma(w . x_i)`` on |w| = 1, or with a trained outer weight (``outer=None``)
    ``N(w, a) = outer_scale * a * sum_i y_i sigma(w . x_i)`` on |w|^2 + a^2 = 1; ``sigma(z) = z`` for z > 0 and ``slope *
    z`` for z < 0.

    Args:
        X: rows x_i, (n, d).
        y: labels, (n,).
        slope: slope of sigma on the negative side, any rational.
        outer: the fixed outer weight, not zero, or None when it is trained.
        outer_scale: a further factor, not zero.

    Raises:
        WnproofError: E-SHAPE, E-EMPTY or E-VALUE (a zero factor).

    >>> Neuron.of([[3, 4], [0, "1/2"]], [1, -1], slope="1/10").degree
    Fraction(1, 1)
    """

    X: tuple[Direction, ...]
    y: Direction
    slope: Fraction
    outer: Fraction | None = Fraction(1)
    outer_scale: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if not self.X or not self.X[0]:
            raise WnproofError(
                "E-EMPTY", f"X has {len(self.X)} rows and no entry", help="a neuron needs one row and one feature at least"
            )
        if len(self.X) != len(self.y):
            raise WnproofError("E-SHAPE", f"X has {len(self.X)} rows, y has {len(self.y)}", help="give one label per row of X")
        if any(len(row) != len(self.X[0]) for row in self.X):
            raise WnproofError("E-SHAPE", "the rows of X differ in length", help="give every row the same number of features")
        if self.factor == 0:
            raise WnproofError(
                "E-VALUE", "the outer weight is zero, so N is identically zero", help="give a factor that is not zero"
            )

    @classmethod
    def of(
        cls,
        X: Sequence[Sequence[int | str | Fraction]],
        y: Sequence[int | str | Fraction],
        *,
        slope: int | str | Fraction = 0,
        outer: int | str | Fraction | None = 1,
        outer_scale: int | str | Fraction = 1,
    ) -> Neuron:
        """The neuron of integers, fractions and ``"p/q"`` strings."""
        rows = tuple(tuple(Fraction(entry) for entry in row) for row in X)
        labels = tuple(Fraction(label) for label in y)
        return cls(rows, labels, Fraction(slope), None if outer is None else Fraction(outer), Fraction(outer_scale))

    @property
    def trained(self) -> bool:
        """Whether the outer weight is a coordinate of the sphere."""
        return self.outer is None

    @property
    def factor(self) -> Fraction:
        """The constant in front of the sum."""
        return self.outer_scale * (Fraction(1) if self.outer is None else self.outer)

    @property
    def degree(self) -> Fraction:
        """N(c theta) = c^degree N(theta)."""
        return Fraction(2 if self.trained else 1)

    def to_json(self) -> dict[str, Any]:
        """The neuron as a statement names it."""
        return {
            "X": [[spelled(entry) for entry in row] for row in self.X],
            "y": [spelled(label) for label in self.y],
            "slope": spelled(self.slope),
            "outer": None if self.outer is None else spelled(self.outer),
            "scale": spelled(self.outer_scale),
        }
