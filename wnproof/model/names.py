"""Members by name, as written on a command line: ``leaky-relu:1/10``, ``weight-norm``, ``logistic.averaged``."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from wnproof.errors import WnproofError
from wnproof.model import activations, losses, normalizations
from wnproof.model.activations import Activation
from wnproof.model.losses import Loss
from wnproof.model.normalizations import Normalization

_EXAMPLE = {"leaky_relu": "leaky_relu('1/10')", "polynomial_relu": "polynomial_relu(2)"}


def _find(family: Mapping[str, Any], name: str) -> Any:
    key = name.strip().replace("-", "_")
    if key in family:
        return family[key]
    near = get_close_matches(key, family, n=1)
    known = near + [k for k in family if k not in near]
    raise WnproofError("E-NAME", f"unknown {name!r}; known: {', '.join(known)}")


def activation(text: str) -> Activation:
    """The activation written as ``name`` or ``name:argument,...``.

    >>> activation("leaky-relu:1/10"), activation("relu")
    (leaky_relu(1/10), relu)
    """
    name, colon, rest = text.partition(":")
    member = _find(activations.FAMILY, name)
    arguments = [int(part) if part.strip().isdecimal() else part.strip() for part in rest.split(",")] if colon else []
    return called(member, *arguments)


def called(member: Any, *arguments: Any) -> Activation:
    """An activation, called with its arguments where it needs any; a forgotten call is an error that says what to write."""
    if isinstance(member, Activation):
        if arguments:
            raise WnproofError("E-VALUE", f"{member.name} takes no argument")
        return member
    name = getattr(member, "__name__", repr(member))
    if name not in _EXAMPLE:
        raise WnproofError("E-VALUE", f"{member!r} is no activation", help=f"known: {', '.join(activations.FAMILY)}")
    if not arguments:
        raise WnproofError("E-VALUE", f"{name} needs its argument", help=f"write {_EXAMPLE[name]}")
    try:
        result = member(*arguments)
    except TypeError:
        raise WnproofError("E-VALUE", f"{name} got {len(arguments)} arguments", help=f"write {_EXAMPLE[name]}") from None
    assert isinstance(result, Activation)
    return result


def normalization(text: str) -> Normalization:
    """The normalization of this name."""
    member = _find(normalizations.FAMILY, text)
    assert isinstance(member, Normalization)
    return member


def loss(text: str) -> Loss:
    """The loss of this name; ``.averaged`` may be appended.

    >>> loss("logistic.averaged")
    logistic.averaged
    """
    name, dot, suffix = text.partition(".")
    member = _find(losses.FAMILY, name)
    assert isinstance(member, Loss)
    if not dot:
        return member
    if suffix != "averaged":
        raise WnproofError("E-NAME", f"unknown {text!r}; known: {name}, {name}.averaged")
    return member.averaged
