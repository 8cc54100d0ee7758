"""Data that comes with the package."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import as_file, files

from wnproof.model.dataset import Dataset


def iris(features: Sequence[str] | None = None, positive: str = "setosa") -> Dataset:
    """Fisher's iris measurements in cm, exact: 150 x 4 with its duplicates and ties, y = +1 for one species and -1 for the rest.

    Args:
        features: some of sepal_length, sepal_width, petal_length, petal_width; all four by default.
        positive: setosa, versicolor or virginica.

    Source: R. A. Fisher, Annals of Eugenics 7 (1936), with rows 35 and 38 as he printed them.

    >>> iris(features=("petal_length", "petal_width"))
    Dataset: 150 samples (102 distinct) x 2 features (petal_length, petal_width)
    """
    with as_file(files("wnproof.model") / "iris.csv") as path:
        return Dataset.from_csv(path, target="species", features=features, positive=positive)
