"""track: what all variants left -> the MLflow record. Runs on every `dvc repro`; writes only what MLflow lacks."""

from makemore.params import Params
from makemore.tracking.record import Record
from makemore.tracking.sync import sync


def run(params: Params) -> None:
    sync([Record.of(variant, params) for variant in params.variants], params.track.experiment)
