"""What closes a leaf of a case split: sums of terms that cannot be negative where the case's signs hold (Positivstellensatz).

A fact is a polynomial that is not negative in the case, with its possible signs. A term [c, [k, ...], p] stands for c p^2 times
the facts k, c > 0; where one of these is 0, for c p times them, any c. A leaf is "zero": every difference is 0; {"sums": [terms,
...]}: every difference is its sum, for an equation of terms that are 0; or {"empty": terms}: a sum with a positive term is 0, so
there is no point. For an inequality the last fact is its denial, difference < 0; the sum may also be 0 with a positive term.
"""

from dataclasses import dataclass
from functools import cached_property, reduce

from .polynomial import POSITIVE, Poly, monomial, plus
from .quotient import Ring
from .reader import expect_fields, expect_int, expect_list, expect_map, expect_one, fraction, invalid, shorten

Fact = tuple[Poly, frozenset[int]]


@dataclass(frozen=True)
class Case:
    """A leaf: every difference is 0 (``equation``) or not negative in the case with these signs."""

    ring: Ring
    differences: tuple[tuple[str, Poly], ...]
    equation: bool

    def check(self, evidence: object, path: str) -> None:
        """Raise Invalid unless the evidence shows it, or shows that there is nothing to show."""
        if isinstance(evidence, dict) and "empty" in evidence:
            left, strict, _ = self._sum(expect_fields(evidence, ("empty",))["empty"], self.facts(), path)
            if left or not strict:
                raise invalid(f"leaf {path}: the case is not empty, what is left is {shorten(self.ring.text(left))}")
            return
        sums = [[]] * len(self.differences) if evidence == "zero" else expect_fields(evidence, ("sums",))["sums"]
        facts = self.facts() if evidence != "zero" else []
        for (entry, p), terms in zip(self.differences, expect_list(sums, len(self.differences)), strict=True):
            known = facts if self.equation else [*facts, (plus({}, p, -1), POSITIVE)]
            total, strict, zero = self._sum(terms, known, path)
            if strict and not total:
                continue  # then the case, or the denial, has no point
            if (left := self.ring.numerator(plus(p, total, -1))) or (self.equation and not zero):
                text = shorten(self.ring.text(left))
                raise invalid(f"leaf {path}: entry {entry}: difference is {text} not 0, or a term of a sum need not be 0")

    def facts(self) -> list[Fact]:
        """Polynomials that are known not to be negative here, with the signs that they can have: 1, 0, or both."""
        turned = [(dict(p), -1 if -1 in signs else 1, signs) for p, signs in sorted(self.ring.signs.items()) if len(signs) < 3]
        known = [(plus({}, p, t), frozenset(t * s for s in signs)) for p, t, signs in turned if not {-1, 1} <= signs]
        return known + [(monomial(a), POSITIVE) for a in self.atoms if self.ring.atoms[a].positive]

    @cached_property
    def atoms(self) -> list[int]:
        """The atoms that have a value in this case, inner ones too: the root of another case is perhaps no real number here."""
        found: set[int] = set()
        new = {a for p in (*(p for _, p in self.differences), *map(dict, self.ring.signs)) for m in p for a, _ in m}
        while new:
            found |= new
            new = {a for k in new for m in self.ring.atoms[k].base for a, _ in m} - found
        return sorted(found)

    def _sum(self, terms: object, facts: list[Fact], path: str) -> tuple[Poly, bool, bool]:
        """The sum of the terms, whether one of them is positive, and whether all of them are 0."""
        total, strict, every_zero = Poly(), False, True
        for c, picks, factor in (expect_list(term, 3) for term in expect_list(terms)):
            chosen = [facts[expect_int(k, 0, len(facts) - 1)] for k in expect_list(picks)]
            zero, p = any(signs == {0} for _, signs in chosen), self.polynomial(factor)
            if fraction(c) <= 0 and not zero:
                raise invalid(f"leaf {path}: a coefficient is not positive")
            strict |= p.keys() == {()} and all(signs == POSITIVE for _, signs in chosen)
            every_zero &= zero
            factors = [*(q for q, _ in chosen), *([p] if zero else [p, p])]
            total = plus(total, reduce(self.ring.product, factors), fraction(c))
        return self.ring.numerator(total), strict, every_zero

    def polynomial(self, obj: object) -> Poly:
        """A polynomial [["coefficient", {atom: power}], ...] in the atoms of this case."""
        names, out = {self.ring.atoms[a].name: a for a in self.atoms}, Poly()
        for c, powers in (expect_list(term, 2) for term in expect_list(obj)):
            part: Poly = {(): fraction(c)} if fraction(c) else {}
            for name, e in expect_map(powers).items():
                atom = monomial(names[expect_one(name, names, invalid)])
                part = self.ring.product(part, self.ring.raised(atom, expect_int(e, 1, 10_000)))
            out = plus(out, part)
        return out
