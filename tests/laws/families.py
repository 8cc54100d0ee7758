"""The families the laws run over: a new member is in every law test the moment it is declared."""

from __future__ import annotations

from wnproof.model import activations, losses, normalizations
from wnproof.model.activations import Activation

_ARGUMENTS = {"leaky_relu": [("1/10",)], "polynomial_relu": [(2,), (3, "1/2")]}


def _members() -> list[Activation]:
    members: list[Activation] = []
    for name, member in activations.FAMILY.items():
        if isinstance(member, Activation):
            members.append(member)
        else:
            members.extend(member(*arguments) for arguments in _ARGUMENTS[name])
    return members


ACTIVATIONS = _members()
NORMALIZATIONS = list(normalizations.FAMILY.values())
LOSSES = list(losses.FAMILY.values())


def outputs(loss: losses.Loss) -> int:
    """The least number of outputs a network needs for the loss."""
    return 2 if loss.couples_outputs else 1
