"""Fisher's iris flowers: the inputs at which the networks are differentiated.

R. A. Fisher, "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7, 1936. The origin
and the licence of iris.csv are in ``iris.md`` beside it.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, pstdev

from autograd import Value

__all__ = ["FEATURES", "SPECIES", "Flower", "flowers"]

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
SPECIES = ("setosa", "versicolor", "virginica")


@dataclass(frozen=True, slots=True)
class Flower:
    """One flower.

    Attributes:
        features: four lengths, standardised to mean 0 and standard deviation 1 over the 150 flowers.
        species: an index into `SPECIES`.
    """

    features: tuple[float, ...]
    species: int

    def inputs(self, count: int) -> list[Value]:
        """The features, cut to `count` or repeated from the first until there are `count`."""
        places = (i % len(FEATURES) for i in range(count))
        return [Value(self.features[i], name=FEATURES[i].replace("_", " ")) for i in places]


def flowers() -> list[Flower]:
    """All 150 flowers, fifty of each species."""
    with (Path(__file__).parent / "iris.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = [[float(row[feature]) for row in rows] for feature in FEATURES]
    scaled = [_standardised(column) for column in columns]
    return [
        Flower(features, SPECIES.index(row["species"]))
        for features, row in zip(zip(*scaled, strict=True), rows, strict=True)
    ]


def _standardised(column: Sequence[float]) -> list[float]:
    mean, deviation = fmean(column), pstdev(column)
    return [(x - mean) / deviation for x in column]
