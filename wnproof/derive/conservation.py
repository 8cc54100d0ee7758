"""Balancedness: quantities that gradient flow keeps for every data set and loss, read off the network's scaling symmetries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from wnproof.derive.polynomial_laws import PolynomialLaws, polynomial_laws
from wnproof.graph.encode import OutOfFragment, rational
from wnproof.graph.invariance import is_invariant
from wnproof.graph.nodes import Leaf
from wnproof.graph.statement import Conserved, ConservedMatrix, Every, LawsAtMost
from wnproof.graph.weights import GLOBAL, Weight, weight_of
from wnproof.model.activations import linear
from wnproof.model.network import SAMPLES, Network
from wnproof.prove.decide import decide
from wnproof.prove.independent import independent
from wnproof.prove.spanned import largest_rank
from wnproof.verdict import Verdict, undecided


@dataclass(frozen=True, eq=False)
class ConservationLaws:
    """Laws of Noether type: a symmetry of the output, by scalings or by matrices, gives a conserved quantity.

    Attributes:
        laws: the statements found, each conserved for all widths, data and losses; the matrix of two linear layers, where there
            is one, stands for its diagonal too.
    """

    net: Network
    laws: tuple[Conserved, ...]

    @property
    def count(self) -> int:
        """How many families of laws were found (one per symmetry; a law with an axis is one per neuron or pair of neurons)."""
        return len(self.laws)

    @cached_property
    def verdict(self) -> Verdict:
        """That every law found is one."""
        if not self.laws:
            return undecided(f"{self.net} has conservation laws", "no scaling symmetry was found")
        return decide(Every(self.laws))

    @cached_property
    def independent(self) -> int:
        """How many laws there are index by index at the network's own widths, as the exact rank of their gradients.

        A law of every neuron counts once per neuron; a matrix of h linear neurons h(h + 1)/2 times, less what other laws or
        narrow layers make dependent.

        >>> from wnproof.model.activations import linear
        >>> conservation_laws(Network((2, 3, 2), linear)).independent
        6
        """
        return independent(self.laws, self.net.sizes)

    @cached_property
    def most(self) -> int | None:
        """A number that independent laws cannot exceed, not even laws of another kind: P less the directions that the gradient
        fields of the output and their brackets span, in floats. None where the output is beyond the fields that can be formed.

        >>> from wnproof.model.activations import relu
        >>> conservation_laws(Network((2, 3, 1), relu)).most
        3
        """
        try:
            flow = self.at_most(self.independent)
            encoded = flow.encode()
        except OutOfFragment:
            return None
        return self.net.size - largest_rank(encoded, self.net.size - self.independent, flow.known)

    @cached_property
    def enough(self) -> Verdict:
        """That there are as many: refuted is "at most ``independent`` - 1 laws"."""
        if not self.independent:
            return undecided(f"{self.net} has a conservation law", "none was found")
        return decide(self.at_most(self.independent - 1))

    @cached_property
    def complete(self) -> Verdict:
        """That there are no more, not even of another kind: near some point, any C^1 functions that gradient flow keeps for all
        data and losses, ``independent`` + 1 of them, have dependent gradients. Undecided when the bounds do not meet.
        """
        verdict = decide(self.at_most(self.independent))
        if verdict.certificate is not None:
            return verdict
        bounds = f"at least {self.independent} laws are independent (exact)"
        if self.most is not None:
            meet = "the bounds meet" if self.most == self.independent else "the bounds do not meet"
            bounds += f", at most {self.most} (rank in floats, without a certificate): {meet}"
        return undecided(f"{self.independent} laws of {self.net} are all its laws", bounds)

    def polynomials(self, degree: int = 2) -> PolynomialLaws:
        """The space of all polynomials of degree 1 to ``degree`` that gradient flow keeps for all data and losses: its dimension
        from both sides, by linear algebra modulo a prime. Equal bounds say that the laws found generate all of them.

        Raises: WnproofError E-VALUE for more than 2,500 monomials, or for an activation that is not a power of two sides.

        >>> from wnproof.model.activations import linear
        >>> conservation_laws(Network((2, 2, 2), linear)).polynomials(4)
        9 independent polynomial laws of degree at most 4 in 494 monomials
        """
        directions = [block.name for block in self.net.parameters.blocks if block.name.startswith("V")]
        one = replace(self.at_most(self.independent), sizes={**self.net.sizes, SAMPLES: 1})
        return polynomial_laws(str(self.net), one, directions, degree)

    def at_most(self, count: int) -> LawsAtMost:
        """The statement, at so many samples that few data points of a kinked network are without effect."""
        net = self.net
        many = net.widths[0] if net.activation is linear else 3 * net.size // net.widths[-1]
        known = {name: _texts(value) for name, value in net.constants.items()}
        trained = tuple(sorted(block.name for block in net.parameters.blocks))
        return LawsAtMost(net.output.node, trained, {**net.sizes, SAMPLES: many + any(net.biases)}, count, self.laws, known)

    def __repr__(self) -> str:
        return "\n".join(
            [f"{self.count} families of conservation laws of {self.net}", *(f"  {law_text(law)}" for law in self.laws)]
        )


def _texts(value: Any) -> Any:
    """An array of rational numbers as nested lists of "p/q"."""
    return [_texts(entry) for entry in value] if getattr(value, "shape", ()) else rational(value)


def law_text(law: Conserved) -> str:
    """The conserved quantity in plain text."""
    if isinstance(law, ConservedMatrix):
        products = [(q, f"<{name}[j], {name}[k]>") for name, q in law.squares.items()]
        return f"{_signed(products)} for all indices j, k of axis {law.axis}"
    index = "[j]" if law.axis else ""
    terms = [(q, f"|{name}{index}|^2") for name, q in law.squares.items()] + [
        (q, f"sum {name}{index}") for name, q in law.linear.items()
    ]
    return _signed(terms) + (f" for every index j of axis {law.axis}" if law.axis else "")


def _signed(terms: list[tuple[Fraction, str]]) -> str:
    """A sum of numbers times texts."""
    written = [f"{'-' if q < 0 else '+'} {'' if abs(q) == 1 else f'{abs(q)} '}{body}" for q, body in terms]
    return " ".join(written).removeprefix("+ ")


def conservation_laws(net: Network) -> ConservationLaws:
    """The laws that come from scaling one layer up and the next one down, per neuron where the symmetry allows it; and the whole
    matrix W_l W_l^T - W_(l+1)^T W_(l+1) where the neurons between are linear.

    >>> from wnproof.model.activations import relu
    >>> conservation_laws(Network((2, 3, 1), relu))
    1 families of conservation laws of Network 2-3-1; relu; 9 parameters
      |W1[j]|^2 - |W2[j]|^2 for every index j of axis h1
    """
    return ConservationLaws(net, tuple(_laws(net)))


def _laws(net: Network) -> Iterator[Conserved]:
    names = {block.name for block in net.parameters.blocks}
    trained = tuple(sorted(names))
    output = net.output.node
    for layer in net.layers:
        directions = [t for t in layer.raw.values() if t.name in names and _degree(net, [t]) == 0]
        for tensor in directions:
            yield Conserved(output, trained, layer.rows[0] if layer.rows else None, {tensor.name: Fraction(1)})
    for lower, upper in zip(net.layers, net.layers[1:], strict=False):
        incoming = [t for t in (*lower.raw.values(), lower.bias) if t is not None and t.name in names and t.name[0] in "Wgab"]
        outgoing = [t for t in upper.raw.values() if t.name in names and t.name[0] in "Wga"]
        for axis in (lower.rows[0], None):
            law = _law(net, incoming, outgoing, axis, trained)
            if law is not None:
                yield _matrix(law) or law
                break


def _matrix(law: Conserved) -> ConservedMatrix | None:
    """The law of all pairs of neurons, of which the law of each neuron is the diagonal."""
    if law.axis is None or law.linear or not is_invariant(law.function, law.axis, law.squares):
        return None
    return ConservedMatrix(law.function, law.trained, law.axis, law.squares)


def _degree(net: Network, tensors: list[Leaf]) -> Fraction | None:
    weight = weight_of(net.output.node, {t.name: {GLOBAL: Fraction(1)} for t in tensors})
    return None if weight is None else weight.get(GLOBAL, Fraction(0))


def _law(
    net: Network, incoming: list[Leaf], outgoing: list[Leaf], axis: str | None, trained: tuple[str, ...]
) -> Conserved | None:
    """Scale the incoming tensors by c and the outgoing ones by c^-p; a log-norm is shifted instead of scaled."""
    degree = net.activation.degree
    if degree is None or not incoming or not outgoing:
        return None
    squares: dict[str, Fraction] = {}
    linear: dict[str, Fraction] = {}
    for tensors, power in ((incoming, Fraction(1)), (outgoing, -degree)):
        for t in tensors:
            if axis is None or axis in t.axes:
                if t.name[0] == "a":
                    linear[t.name] = 2 * power
                else:
                    squares[t.name] = power
    generator = axis or GLOBAL
    weights: dict[str, Weight] = {name: {generator: q} for name, q in squares.items()}
    shifts: dict[str, Weight] = {name: {generator: q / 2} for name, q in linear.items()}
    if len(squares) + len(linear) < 2 or weight_of(net.output.node, weights, shifts) != {}:
        return None
    unit = 2 if not squares else 1
    return Conserved(net.output.node, trained, axis, squares, {name: q / unit for name, q in linear.items()})
