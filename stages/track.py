"""track: what all variants left -> the MLflow record. Runs on every `dvc repro`; writes only what MLflow lacks."""

import os
from pathlib import Path

from makemore.params import Params
from makemore.tracking import Record, flatten, sync
from stages import CORPUS, DETAILS, FIGURES, METRICS, MODELS, REPORT, SAMPLES


def run(params: Params) -> None:
    records = [
        Record(
            variant=variant,
            params=flatten(params, variant),
            data=Path(params.data.path),
            card=CORPUS / "card.json",
            model=MODELS / variant,
            metrics=METRICS / f"{variant}.json",
            details=DETAILS / f"{variant}.json",
            statistics=SAMPLES / f"{variant}.json",
            names=SAMPLES / f"{variant}.txt",
            shared=(REPORT, *sorted(FIGURES.iterdir())),
        )
        for variant in params.variants
    ]
    # DVC sets DVC_ROOT for every stage; without it (a stage run by hand) this folder is the root.
    sync(records, params.track.experiment, Path(os.environ.get("DVC_ROOT", ".")))
