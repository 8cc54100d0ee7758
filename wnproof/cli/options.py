"""Models and data as command-line options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from wnproof.errors import WnproofError

Widths = Annotated[str, typer.Option(help="input,hidden...,output, such as 2,8,1")]
ActivationName = Annotated[
    str, typer.Option("--activation", help="linear, relu, absolute, tanh, leaky-relu:1/10, polynomial-relu:2")
]
NormalizationName = Annotated[
    str, typer.Option("--normalization", help="plain, weight-norm, exponential-weight-norm (hidden layers)")
]
LossName = Annotated[str, typer.Option("--loss", help="square, logistic, exponential (summed); append .averaged for the mean")]
Bias = Annotated[bool, typer.Option("--bias", help="biases in the hidden layers")]
Data = Annotated[str, typer.Option(help="a CSV file with a header line, or 'iris'")]
Target = Annotated[str, typer.Option(help="the label column of the CSV file")]
Features = Annotated[str, typer.Option(help="feature columns, comma separated; all but the target by default")]
Positive = Annotated[str, typer.Option(help="y = +1 where the target equals this, -1 elsewhere; numeric labels by default")]
Seed = Annotated[int, typer.Option(min=0, help="seed of the random draws")]
AsJson = Annotated[bool, typer.Option("--json", help="one JSON object on stdout")]
Out = Annotated[Path | None, typer.Option(help="folder for certificates and tables")]


class OptionError(Exception):
    """A model option that cannot be understood: a usage error."""

    def __init__(self, error: WnproofError) -> None:
        super().__init__(str(error))
        self.error = error


def from_options(build: Any, *args: Any) -> Any:
    """What ``build`` makes of the options; its mistakes are usage errors."""
    try:
        return build(*args)
    except WnproofError as error:
        raise OptionError(error) from None


def network(widths: str, activation: str, normalization: str, bias: bool, fixed: dict[str, Any] | None = None) -> Any:
    """The network that the options state."""
    from wnproof.model import names
    from wnproof.model.network import Network

    def build() -> Network:
        try:
            sizes = [int(part) for part in widths.split(",")]
        except ValueError:
            raise WnproofError("E-VALUE", f"widths are {widths!r}", help="write integers, such as 2,8,1") from None
        return Network(
            sizes, names.activation(activation), normalization=names.normalization(normalization), bias=bias, fixed=fixed
        )

    return from_options(build)


def loss_of(name: str) -> Any:
    """The loss of this name."""
    from wnproof.model import names

    return from_options(names.loss, name)


def dataset(data: str, target: str, features: str, positive: str) -> Any:
    """The samples of a CSV file, or iris."""
    from wnproof.model import datasets
    from wnproof.model.dataset import Dataset

    columns = [name.strip() for name in features.split(",")] if features else None
    if data == "iris":
        return datasets.iris(columns, positive or "setosa")
    return Dataset.from_csv(data, target=target, features=columns, positive=positive or None)
