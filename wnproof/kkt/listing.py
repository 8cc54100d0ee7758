"""A list of KKT points written down: as text, for a notebook, in LaTeX, and as CSV that is read back exactly."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING

from wnproof.errors import WnproofError
from wnproof.kkt.neuron import Direction, spelled

if TYPE_CHECKING:
    from wnproof.kkt.family import Family
    from wnproof.kkt.points import KKTPoint, KKTSet


MOST_FAMILIES = 12  # with a line each in a table


@dataclass(frozen=True)
class Entry:
    """One line of a CSV file: an isolated point, or a family with the rays that span it (none where they are not known), or the
    level, which is every (w, 0) with S(w) = 0.

    ``directions`` is the exact hidden direction of a point, or a family's rays; ``value_squared`` is N^2, None where it is not
    rational; ``slopes`` are pairs (row, slope) on kinks; ``u`` is empty for a family.
    """

    what: str
    kind: str
    notion: str
    value: float
    value_squared: Fraction | None
    multiplier: float | None
    residual: float | None
    outer_sign: int | None
    directions: tuple[Direction, ...]
    slopes: tuple[tuple[int, Fraction], ...]
    u: tuple[float, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """The fields in order: exact numbers as "p/q", floats so that they are read back as they are, None as nothing."""
        return (
            self.what,
            self.kind,
            self.notion,
            repr(self.value),
            "" if self.value_squared is None else spelled(self.value_squared),
            *("" if number is None else repr(number) for number in (self.multiplier, self.residual, self.outer_sign)),
            "; ".join(" ".join(spelled(entry) for entry in ray) for ray in self.directions),
            "; ".join(f"{row}: {spelled(slope)}" for row, slope in self.slopes),
            " ".join(repr(entry) for entry in self.u),
        )

    @classmethod
    def parse(cls, cells: Sequence[str]) -> Entry:
        """The entry of these cells. Raises: ValueError for cells that no entry has."""
        what, kind, notion, value, square, multiplier, residual, sign, directions, slopes, u = cells
        pairs = (pair.split(": ") for pair in slopes.split("; ") if pair)
        return cls(
            what,
            kind,
            notion,
            float(value),
            Fraction(square) if square else None,
            float(multiplier) if multiplier else None,
            float(residual) if residual else None,
            int(sign) if sign else None,
            tuple(tuple(Fraction(entry) for entry in ray.split()) for ray in directions.split("; ") if ray),
            tuple((int(row), Fraction(slope)) for row, slope in pairs),
            tuple(float(entry) for entry in u.split()),
        )


HEAD = tuple(field.name for field in fields(Entry))


def entries(kkt: KKTSet) -> tuple[Entry, ...]:
    """The points, largest value first, then the families."""
    return (*(_entry(kkt, point) for point in kkt), *_family_entries(kkt))


def _entry(kkt: KKTSet, point: KKTPoint) -> Entry:
    exact = point.hidden_direction if point.hidden_direction is not None else point.direction
    return Entry(
        "point",
        point.kind.value,
        kkt.notion.name,
        float(point.value),
        point.value_squared,
        float(point.multiplier),
        float(point.residual),
        point.outer_sign,
        () if exact is None else (exact,),
        tuple(sorted(point.slopes.items())),
        tuple(float(entry) for entry in point.u),
    )


def _family_entries(kkt: KKTSet) -> list[Entry]:
    found = []
    for family in kkt.families:
        rays: tuple[Direction, ...] = getattr(family, "rays", ())
        what = "level" if hasattr(family, "where") else "family"
        square = Fraction(0) if rays or what == "level" else None
        value = float(family.value)
        found.append(Entry(what, family.kind.value, kkt.notion.name, value, square, None, None, None, rays, (), ()))
    return found


def to_csv(kkt: KKTSet) -> str:
    """See ``KKTSet.to_csv``."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(entry.cells for entry in entries(kkt))
    return out.getvalue()


def read_csv(text: str) -> tuple[Entry, ...]:
    """The entries that ``KKTSet.to_csv`` wrote, equal to what was written.

    Raises: WnproofError E-VALUE for anything else.

    >>> from wnproof.kkt.arrangement import neuron_kkt_points
    >>> from wnproof.kkt.neuron import Neuron
    >>> K = neuron_kkt_points(Neuron.of([[3, 4], [1, 0]], [1, -1]))
    >>> read_csv(K.to_csv()) == entries(K)
    True
    """
    head, *rows = list(csv.reader(io.StringIO(text))) or [[]]
    if tuple(head) != HEAD:
        raise WnproofError("E-VALUE", f"the columns are {', '.join(head)}", help=f"a list of KKT points has {', '.join(HEAD)}")
    found = []
    for line, cells in enumerate(rows, start=2):
        try:
            found.append(Entry.parse(cells))
        except (ValueError, ZeroDivisionError) as error:
            raise WnproofError("E-VALUE", f"line {line} is no KKT point: {error}") from None
    return tuple(found)


def rows(kkt: KKTSet) -> list[tuple[str, ...]]:
    """Head and cells of the points as people read them."""
    found: list[tuple[str, ...]] = [("#", "value", "value^2", "kind", "u", "slopes on kinks")]
    for number, point in enumerate(kkt):
        slopes = ", ".join(f"{row}: {short(slope)}" for row, slope in sorted(point.slopes.items()))
        position = "(" + ", ".join(map(_fixed, point.u)) + ")"
        kind = point.kind.value + ("" if point.global_gap is None else f", global within {float(point.global_gap):.1g}")
        found.append((str(number), f"{point.value:.12g}", short(point.value_squared), kind, position, slopes or "-"))
    return found


def to_text(kkt: KKTSet, more: Mapping[str, Sequence[str]] = MappingProxyType({})) -> str:
    """See ``KKTSet.table``."""
    lines = [(*row, *cells) for row, *cells in zip(rows(kkt), *([head, *column] for head, column in more.items()), strict=True)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*text, *_below(kkt)])


def to_html(kkt: KKTSet) -> str:
    """The table for a notebook."""
    head, *body = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows(kkt)]
    table = f"<table><tr>{head.replace('td>', 'th>')}</tr>" + "".join(f"<tr>{row}</tr>" for row in body) + "</table>"
    return table + "".join(f"<p>{escape(line)}</p>" for line in _below(kkt))


def to_latex(kkt: KKTSet) -> str:
    """See ``KKTSet.to_latex``."""
    lines = [r"\begin{tabular}{rrlll}", r"\toprule", r"$N$ & $N^2$ & kind & direction & slopes on kinks \\", r"\midrule"]
    for point in kkt:
        exact = point.hidden_direction if point.hidden_direction is not None else point.direction
        if exact is None or any(is_long(entry) for entry in exact):
            near = "" if exact is None else r"\approx "
            direction = f"${near}({', '.join(map(_fixed, point.u))})$"
        else:
            sign = "" if point.outer_sign is None else f",\\ a {'<=>'[point.outer_sign + 1]} 0"
            direction = f"$({', '.join(map(_latex, exact))}){sign}$"
        slopes = ", ".join(
            f"s_{{{row}}} {'' if is_long(slope) else '= '}{_latex(slope)}" for row, slope in sorted(point.slopes.items())
        )
        square = "--" if point.value_squared is None else f"${_latex(point.value_squared)}$"
        cells = (f"${_number(point.value)}$", square, point.kind.value, direction, f"${slopes}$")
        lines.append(" & ".join(cell if cell != "$$" else "--" for cell in cells) + r" \\")
    families = [
        rf"\multicolumn{{5}}{{l}}{{{many} of dimension {dimension}, $N = {_number(value)}$, {kind}}} \\"
        for (value, dimension, kind), many in _grouped(kkt)
    ]
    body = [*lines, *([r"\midrule", *families] if families else []), r"\bottomrule", r"\end{tabular}"]
    return "\n".join([r"% needs \usepackage{booktabs}", "% " + " ".join(str(kkt.complete).split()), *body, ""])


def short(number: Fraction | None) -> str:
    """An exact number where it fits into a column, and to twelve digits where it does not.

    >>> short(Fraction(1, 3)), short(Fraction(10**30 + 1, 3))
    ('1/3', '~3.33333333333e+29')
    """
    if number is None:
        return "-"
    return f"~{_to(12, Decimal(number.numerator) / number.denominator)}" if is_long(number) else spelled(number)


def is_long(number: Fraction) -> bool:
    """Whether it does not fit into a column."""
    return len(spelled(number)) > 24


def _to(digits: int, number: Decimal) -> str:
    """Without zeros at the end of the digits."""
    shown, e, power = f"{number:.{digits}g}".partition("e")
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) + e + power


def _fixed(entry: float) -> str:
    """Six decimals, and 0 without a sign."""
    text = f"{entry:.6f}"
    return text if float(text) else text.removeprefix("-")


def _below(kkt: KKTSet) -> list[str]:
    counted = [] if kkt.counted is None else [kkt.counted.text]
    families = [f"family: {family.text}" for family in kkt.families]
    if len(families) > MOST_FAMILIES:
        alike = [((f"{value:.12g}", *shape), many) for (value, *shape), many in _grouped(kkt)]
        families = [f"{many} of value {value}, dimension {dimension}, {kind}" for (value, dimension, kind), many in alike]
    return [*families, *counted, str(kkt.complete)]


def _looks(family: Family) -> str:
    """Its kind, and where it is when that is no cone of known rays."""
    where: str = getattr(family, "where", "")
    return family.kind.value + (f", {where}" if where else "")


def _grouped(kkt: KKTSet) -> list[tuple[tuple[float, int, str], str]]:
    """The families that look alike, and how many they are in words; largest value and dimension first."""
    alike = Counter((float(family.value), family.dimension, _looks(family)) for family in kkt.families)
    groups = sorted(alike.items(), key=lambda item: (-item[0][0], -item[0][1], item[0][2]))
    return [(what, "family" if many == 1 else f"{many} families") for what, many in groups]


def _latex(number: Fraction) -> str:
    if is_long(number):
        return r"\approx " + _number(short(number)[1:])
    sign = "-" if number < 0 else ""
    top, bottom = abs(number.numerator), number.denominator
    return f"{sign}{top}" if bottom == 1 else rf"{sign}\tfrac{{{top}}}{{{bottom}}}"


def _number(number: float | str) -> str:
    """To eight digits, the power of ten as LaTeX has it."""
    digits, _, power = _to(8, Decimal(number)).partition("e")
    return digits + (rf" \cdot 10^{{{int(power)}}}" if power else "")
