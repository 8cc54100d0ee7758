"""Statements that exact arithmetic of a named engine decides: certified with the grade ``computed``, never more."""

from __future__ import annotations

from dataclasses import dataclass

from wnproof.verdict import Rigor, Verdict, undecided


@dataclass(frozen=True)
class ByEngine:
    """What an engine found, and whether the same computation shows each wrong variant to be false.

    Attributes:
        found: certified (computed), or undecided.
        wrong: (name of a wrong variant, whether the found bounds exclude it).
    """

    found: Verdict
    wrong: tuple[tuple[str, bool], ...]

    def rejections(self) -> list[tuple[str, bool]]:
        """Every wrong variant, and whether it is excluded; none is when nothing was found."""
        return [(name, excluded and self.found.rigor is Rigor.CERTIFIED) for name, excluded in self.wrong]

    def decide(self) -> Verdict:
        """What was found, when it tells the statement apart from every wrong variant; undecided otherwise."""
        missed = [name for name, excluded in self.rejections() if not excluded]
        if self.found.rigor is Rigor.CERTIFIED and (missed or not self.wrong):
            return undecided(self.found.statement, f"the bounds do not tell it apart from {missed or 'anything else'}")
        return self.found
