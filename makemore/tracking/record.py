"""What MLflow is to know of a variant: its parameters, and the files that the stages wrote.

It has a key: the hash of the parameters, the data, and every file that training, evaluation and sampling wrote. Code
has its part in the key through what it computed, so a change that changes no result makes no second run. The report and
its figures are about all variants, and have no part in it.
"""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from makemore.files import file_md5, read_json
from makemore.params import Params
from makemore.tracking.journal import hash_of_model


@dataclass(frozen=True)
class Record:
    """What is to be known of one variant."""

    variant: str
    params: dict[str, Any]
    settings: dict[str, Any]  # the sections of params.yaml that serving the model needs
    data: Path
    corpus: Path  # folder: what prepare made of the data
    model: Path  # folder: config.json, weights.safetensors, history.csv
    metrics: Path
    details: Path
    statistics: Path  # of the sampled names
    names: Path
    shared: tuple[Path, ...]  # files about all variants: the report and its figures

    @classmethod
    def of(cls, variant: str, params: Params) -> "Record":
        """The record of a variant in the current folder, where the stages wrote it."""
        reports = Path("reports")
        return cls(
            variant=variant,
            params=params.of_variant(variant, ("data", "compute", "evaluate", "sample")),
            settings=params.model_dump(include={"compute", "sample"}),
            data=Path(params.data.path),
            corpus=Path("artifacts/corpus"),
            model=Path("artifacts/models") / variant,
            metrics=reports / "metrics" / f"{variant}.json",
            details=reports / "details" / f"{variant}.json",
            statistics=reports / "samples" / f"{variant}.json",
            names=reports / "samples" / f"{variant}.txt",
            shared=(reports / "report.md", *sorted((reports / "figures").iterdir())),
        )

    @property
    def results(self) -> tuple[Path, ...]:
        """The files about this variant alone, besides the model."""
        return (self.metrics, self.details, self.statistics, self.names)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The md5 of every output about this variant alone, by its path."""
        paths = (*sorted(path for path in self.model.iterdir() if not path.name.startswith(".")), *self.results)
        return {path.as_posix(): file_md5(path) for path in paths}

    @cached_property
    def hash_of_model(self) -> str:
        """As the training's journal has it."""
        return hash_of_model(self.model)

    @cached_property
    def hash_of_corpus(self) -> str:
        """The hash of what the models see: losses on the same corpus can be compared."""
        files = ("vocabulary.json", "tokens.safetensors")
        return hashlib.sha256("".join(file_md5(self.corpus / name) for name in files).encode()).hexdigest()

    @cached_property
    def key(self) -> str:
        """The hash of parameters, data and results."""
        content = [self.params, file_md5(self.data), self.outputs]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def curve(self) -> list[list[float]]:
        """The training curve: step, NLL on train and dev, learning rate."""
        with (self.model / "history.csv").open(newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            next(rows)
            return [[float(value) for value in row] for row in rows]

    def numbers(self) -> dict[str, float]:
        """The numbers of the metrics file, named as DVC names them (dev.nll), and those of the samples (sample.new)."""
        return dict([*_numbers(read_json(self.metrics)), *_numbers(read_json(self.statistics), "sample")])


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, int | float) or value == "Infinity":
        yield name, float(value)
