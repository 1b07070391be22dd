"""track: what all variants left -> the MLflow record. Runs on every `dvc repro`; writes only what MLflow lacks."""

import gc

from makemore.params import Params


def run(params: Params) -> None:
    # MLflow is a quarter of a million objects that stay. Python's search for garbage among them, again and again while
    # they are made and once more at the end, would take half of the time of a look that finds nothing to write.
    gc.disable()
    from makemore.tracking.record import Record
    from makemore.tracking.sync import sync

    gc.freeze()
    gc.enable()
    sync([Record.of(variant, params) for variant in params.variants], params.track.experiment)
    gc.freeze()
