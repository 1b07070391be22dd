"""track: the results of all variants -> MLflow. Runs with every `dvc repro`, and writes only what MLflow lacks."""

import gc

from makemore.core.params import Params


def run(params: Params) -> None:
    # MLflow allocates a quarter of a million permanent objects. If there is nothing to write, garbage collection while
    # they are created, and again at exit, would take half the time of this stage.
    gc.disable()
    from makemore.tracking.sync import sync
    from makemore.tracking.variant import TrackedVariant

    gc.freeze()
    gc.enable()
    sync([TrackedVariant.of(variant, params) for variant in params.all_variants], params.track.experiment)
    gc.freeze()
