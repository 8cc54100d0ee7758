"""The second engine's own proofs: quotients of fmpq_mpoly in every case of signs, with nothing of the checker inside.

A sign is asked of the irreducible factors of a polynomial, so a case is a choice of sign for irreducible polynomials. Roots are
roots of irreducible polynomials of known sign; exponentials are powers of exp(monomial/36). The computation starts again
in every case, and in each the numerators of all differences must be 0 modulo the factors that are 0 and the roots' equations.
"""

from __future__ import annotations

from flint import Ordering, arb, fmpq, fmpq_mpoly_ctx, fmpz

from tests.engine_b import numbers as n
from tests.engine_b.falsify import RELATIONS, faced
from tests.engine_b.jets import tables

GRAIN = 36
ATOMS = 72


class Split(Exception):
    def __init__(self, factor, possible):
        super().__init__(str(factor))
        self.factor, self.possible = factor, possible


class Open(Exception):
    """A case that this engine does not close."""


class Field:
    """Atoms, shared by all cases, so that equal names mean equal polynomials."""

    def __init__(self):
        self.ring = fmpq_mpoly_ctx.get([f"a{k}" for k in range(ATOMS)], Ordering.lex)
        self.gens, self.places = self.ring.gens(), {}
        self.positive, self.roots = set(), {}

    def atom(self, key, positive=False):
        if key not in self.places:
            if len(self.places) == ATOMS:
                raise Open
            self.places[key] = len(self.places)
            if positive:
                self.positive.add(self.places[key])
        return self.places[key]

    def constant(self, q):
        return self.ring.constant(q)


class Cell:
    """One case: signs of irreducible polynomials (leading coefficient positive)."""

    def __init__(self, field, signs):
        self.field, self.signs = field, signs
        self.zeros = [f for f, s in signs.values() if s == 0]

    def rooted(self, p):
        """Modulo the roots' equations."""
        for k, (order, power) in self.field.roots.items():
            if not p.is_constant() and p.degrees()[k] >= order:
                p = self._without_powers(p, k, order, power)
        return p

    def reduced(self, p):
        """Modulo the factors that are 0 too; a few rounds, because one equation can make work for another."""
        for _ in range(4):
            before, p = p, self.rooted(p)
            for zero in self.zeros:
                p = divmod(p, zero)[1] if not zero.is_constant() else p
            if p == before:
                break
        return p

    def _without_powers(self, p, k, order, power):
        out = self.field.constant(0)
        for exponents, c in p.terms():
            e = list(exponents)
            over, e[k] = divmod(e[k], order)
            out += self.field.ring.from_dict({tuple(e): c}) * power**over
        return out

    def sign(self, p):
        """Of a polynomial, by its irreducible factors; raises Split for one of unknown sign."""
        p = self.reduced(p)
        if p.is_zero():
            return 0
        c, factors = p.factor()
        out, unknown = n.sign(fmpq(c)), None
        for f, e in factors:
            try:
                out *= self.factor_sign(f) ** int(e)
            except Split as split:
                unknown = unknown or split
        if out and unknown:
            raise unknown
        return out

    def factor_sign(self, f):
        if f.leading_coefficient() < 0:
            return -self.factor_sign(-f)
        if self.reduced(f).is_zero():
            return 0
        if str(f) in self.signs:
            return self.signs[str(f)][1]
        possible = self.obvious(f)
        if len(possible) == 1:
            return possible[0]
        raise Split(f, possible)

    def obvious(self, f):
        """Signs that a sum can have whose terms have signs of their own."""
        strict, seen = False, set()
        for exponents, c in f.terms():
            side, apart = n.sign(c), True
            for k, e in enumerate(exponents):
                if not e:
                    continue
                known = 1 if k in self.field.positive else self.signs.get(f"{self.field.gens[k]}", (None, None))[1]
                if known is None and e % 2:
                    return (1, 0, -1)
                apart = apart and bool(known)
                side *= (known or 1) if e % 2 else 1
            seen.add(side)
            strict = strict or apart
        if len(seen) > 1:
            return (1, 0, -1)
        return tuple(seen) if strict else (*seen, 0)

    def known(self, q):
        return Quotient(self, self.field.constant(q), self.field.constant(1))


class Quotient(n.Formal):
    """top/bottom in a cell."""

    def __init__(self, cell, top, bottom):
        top = cell.rooted(top)
        common = top.gcd(bottom)
        top, bottom = divmod(top, common)[0], divmod(bottom, common)[0]
        c = fmpq(bottom.leading_coefficient())
        self.cell, self.top, self.bottom = cell, top / c, bottom / c

    def other(self, x):
        if isinstance(x, arb):
            raise Open  # a number such as the root of 2, known by a ball alone
        return x if isinstance(x, Quotient) else self.cell.known(x)

    def plus(self, x):
        x = self.other(x)
        return Quotient(self.cell, self.top * x.bottom + x.top * self.bottom, self.bottom * x.bottom)

    def times(self, x):
        x = self.other(x)
        return Quotient(self.cell, self.top * x.top, self.bottom * x.bottom)

    def sign(self):
        return self.cell.sign(self.top) * (self.cell.sign(self.bottom) if not self.top.is_zero() else 1)

    def power(self, q):
        p, order = int(q.p), int(q.q)
        if order == 1:
            if p < 0 and self.cell.reduced(self.top).is_zero():
                raise n.Undefined("division by zero")
            out = Quotient(self.cell, self.top ** abs(p), self.bottom ** abs(p))
            return Quotient(self.cell, out.bottom, out.top) if p < 0 else out
        side = self.sign()
        if side < 0 or (not side and p < 0):
            raise n.Undefined("a root of what is negative")
        if not side:
            return self.cell.known(0)
        return self._root(self.top, order).times(self._root(self.bottom, order).power(fmpq(-1))).power(fmpq(p))

    def _root(self, poly, order):
        """Of the modulus: every irreducible factor has a sign here."""
        cell, field = self.cell, self.cell.field
        c, factors = cell.reduced(poly).factor()  # not 0 here
        out = cell.known(1)
        pieces = [(field.constant(int(b)), e * s) for s, z in ((1, fmpq(c).p), (-1, fmpq(c).q)) for b, e in fmpz(abs(z)).factor()]
        for f, e in [*pieces, *((f * cell.factor_sign(f), int(e)) for f, e in factors)]:
            whole, part = divmod(e, order)
            out = out.times(Quotient(cell, f, field.constant(1)).power(fmpq(whole)))
            if part:
                k = field.atom(("root", str(f), order), positive=True)
                field.roots[k] = (order, f)
                out = out.times(Quotient(cell, field.gens[k] ** part, field.constant(1)))
        return out

    def shown(self):
        """With what is 0 in the cell taken out, for numbers that are told apart by the argument alone."""
        return Quotient(self.cell, self.cell.reduced(self.top), self.bottom)

    def exp(self):
        self, cell, field = self.shown(), self.cell, self.cell.field  # noqa: PLW0642
        out = cell.known(1)
        if not self.bottom.is_constant():
            flip = self.top.leading_coefficient() < 0
            k = field.atom(("exp", str(-self.top if flip else self.top), str(self.bottom)), positive=True)
            return Quotient(cell, field.gens[k], field.constant(1)).power(fmpq(-1 if flip else 1))
        for exponents, c in self.top.terms():
            steps = fmpq(c) * GRAIN
            if steps.q != 1 or abs(steps) > 1800:
                raise Open
            k = field.atom(("exp", str(exponents)), positive=True)
            out = out.times(Quotient(cell, field.gens[k], field.constant(1)).power(steps))
        return out

    def opaque(self, name):
        """log or tanh of it, as a number of its own; tanh is odd."""
        if name == "log" and self.sign() <= 0:
            raise n.Undefined("the logarithm of what is not positive")
        self = self.shown()
        if name == "tanh" and self.top.is_zero():
            return self
        flip = name == "tanh" and self.top.leading_coefficient() < 0
        field = self.cell.field
        k = field.atom((name, str(-self.top if flip else self.top), str(self.bottom)))
        return Quotient(self.cell, field.gens[k] * (-1 if flip else 1), field.constant(1))

    def slope(self):
        """A slope between 0 and 1 at this argument, which is 0 here: H for an argument, 1 - H for the opposite one.

        Arguments are told apart by their formulas in the case; the checker is stricter about kinks inside kinks.
        """
        flip = not self.top.is_zero() and self.top.leading_coefficient() < 0
        top = -self.top if flip else self.top
        c, factors = top.factor()
        key = "*".join(sorted(f"{f}^{e}" for f, e in factors)) + f"/{self.bottom}"
        h = Quotient(self.cell, self.cell.field.gens[self.cell.field.atom(("slope", key))], self.cell.field.constant(1))
        return h.times(fmpq(-1)).plus(fmpq(1)) if flip else h


def proved(statement, limit=400):
    """True when every case closes; False when one stays open, or there are more than ``limit``."""
    field, todo, done = Field(), [{}], 0
    while todo:
        signs, done = todo.pop(), done + 1
        if done > limit:
            return False
        try:
            if not _closed(statement, Cell(field, signs)):
                return False
        except Split as split:
            todo += [{**signs, str(split.factor): (split.factor, s)} for s in split.possible]
        except Open:
            return False
        except n.Undefined:
            continue  # both sides are never defined in this case
    return True


def _closed(s, cell):
    field, one = cell.field, cell.field.constant(1)
    values = {}
    for node in s["graph"]:
        if node.get("leaf", "1") != "1":
            values[node["leaf"]] = {
                i: Quotient(cell, field.gens[field.atom(("leaf", node["leaf"], str(i)))], one)
                for i in n.indices(node["axes"], s["sizes"])
            }
    at = tables(s["graph"], s["sizes"], values, roots=[k for _, k in s["where"]])
    for relation, k in s["where"]:
        if any(n.sign(jet.value) not in RELATIONS[relation] for jet in at[k][1].values()):
            return True
    roots = (s["left"], s["right"]) if s["says"] == "equal" else (s["function"], s["quantity"], s["velocity"])
    at = tables(s["graph"], s["sizes"], values, s.get("trained", ()), roots)
    (axes, left), (other_axes, right) = at[roots[-2]], at[roots[-1]]
    for i, jet in left.items():
        value = jet.value
        if s["says"] == "evolves":
            gradient = at[s["function"]][1][()].slopes
            value = cell.known(0)
            for name, slope in jet.slopes.items():
                if name in gradient:
                    value = n.add(value, n.mul(fmpq(-1), n.mul(slope, gradient[name])))
        rest = n.add(cell.known(0), n.add(value, n.mul(fmpq(-1), right[faced(i, axes, other_axes)].value)))
        if not cell.reduced(rest.top).is_zero():
            return False
    return True
