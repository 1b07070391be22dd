"""What MLflow should have about a variant: its parameters, and the files that the stages wrote.

The key of the results identifies the MLflow run: the hash of the parameters, the data, and every file that training,
evaluation and sampling wrote. Code enters the key only through what it computed, so an edit that changes no result
creates no second run. The report and its figures are about all variants and are not part of the key.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from makemore.core import layout
from makemore.core.artifacts import read_artifact
from makemore.core.curve import Point, read_curve
from makemore.core.files import file_md5, files_in
from makemore.core.members import STAGES, section_of
from makemore.core.params import Params
from makemore.core.results import Metrics, Statistics
from makemore.training.journal import hash_of_model


@dataclass(frozen=True)
class TrackedVariant:
    """The parameters of a variant, and the files about it in the current folder.

    settings: the sections of params.yaml that serving needs
    data: the file or folder of names
    model: the folder of the model
    stage: the DVC stage that wrote the model, such as train@gpt
    """

    variant: str
    params: dict[str, Any]
    settings: dict[str, Any]
    data: Path
    model: Path
    stage: str

    @classmethod
    def of(cls, variant: str, params: Params) -> "TrackedVariant":
        """The variant with this name in `params`."""
        shown = params.of_variant(variant, ("data", "compute", "evaluate", "sample"))
        settings, data = params.model_dump(include={"compute", "sample"}), Path(params.data.path)
        return cls(variant, shown, settings, data, params.folder_of(variant), f"{stage_of(shown)}@{variant}")

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of this variant only, without the model."""
        reports = (layout.METRICS, layout.DETAILS, layout.SAMPLES)
        return (*(folder / f"{self.variant}.json" for folder in reports), layout.SAMPLES / f"{self.variant}.txt")

    @property
    def shared(self) -> tuple[Path, ...]:
        """The files about all variants: the report and its figures."""
        return (layout.REPORT, layout.REPORT_HTML, *sorted(layout.FIGURES.iterdir()))

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The md5 of every output of this variant only, by its path."""
        paths = (*sorted(path for path in self.model.iterdir() if not path.name.startswith(".")), *self.files)
        return {path.as_posix(): file_md5(path) for path in paths}

    @property
    def name_of_data(self) -> str:
        """What MLflow calls the data set."""
        return self.data.stem

    @cached_property
    def hash_of_data(self) -> str:
        """The md5 of the file of names, as DVC computes it; of a folder, the hash of the hashes of its files."""
        if self.data.is_dir():
            return hashlib.md5("".join(map(file_md5, files_in(self.data))).encode(), usedforsecurity=False).hexdigest()
        return file_md5(self.data)

    @cached_property
    def hash_of_model(self) -> str:
        """The hash of the model's files, as noted in the journal."""
        return hash_of_model(self.model)

    @cached_property
    def hash_of_corpus(self) -> str:
        """The hash of the prepared corpus. Only losses on the same corpus are comparable."""
        paths = sorted([layout.CORPUS / layout.VOCABULARY_FILE, *layout.CORPUS.glob("*-*.safetensors")])
        return hashlib.sha256("".join(map(file_md5, paths)).encode()).hexdigest()

    @cached_property
    def key(self) -> str:
        """The hash of parameters, data and results."""
        content = [self.params, self.hash_of_data, self.outputs]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def curve(self) -> list[Point]:
        """The training curve."""
        return read_curve(self.model / layout.CURVE_FILE)

    def numbers(self) -> dict[str, float]:
        """The metrics under DVC's names (dev.nll), and the statistics of the sampled names (sample.new)."""
        metrics = read_artifact(layout.METRICS / f"{self.variant}.json", Metrics)
        statistics = read_artifact(layout.SAMPLES / f"{self.variant}.json", Statistics)
        return dict([*_numbers(metrics.model_dump()), *_numbers(statistics.model_dump(), "sample")])


def stage_of(params: dict[str, Any]) -> str:
    """The stage that wrote the model of a variant with these parameters."""
    return STAGES[section_of(params)]


def _numbers(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, int | float):
        yield name, float(value)
