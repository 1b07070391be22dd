"""track: what all variants left -> the MLflow record. Runs on every `dvc repro`; writes only what MLflow lacks."""

from pathlib import Path

from makemore.params import Params
from makemore.tracking.record import Record
from makemore.tracking.sync import sync
from stages import CORPUS, DETAILS, FIGURES, METRICS, MODELS, REPORT, SAMPLES


def run(params: Params) -> None:
    records = [
        Record(
            variant=variant,
            params=params.of_variant(variant, ("data", "compute", "evaluate", "sample")),
            settings=params.model_dump(include={"compute", "sample"}),
            data=Path(params.data.path),
            corpus=CORPUS,
            model=MODELS / variant,
            metrics=METRICS / f"{variant}.json",
            details=DETAILS / f"{variant}.json",
            statistics=SAMPLES / f"{variant}.json",
            names=SAMPLES / f"{variant}.txt",
            shared=(REPORT, *sorted(FIGURES.iterdir())),
        )
        for variant in params.variants
    ]
    sync(records, params.track.experiment)
