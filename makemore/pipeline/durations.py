"""How long stages are expected to take, so that the longest start first. Nothing that is hashed depends on it.

The durations of the last runs are remembered in DVC's folder for temporary files. A training that has not run here yet
is estimated from its parameters and steps (estimates.py). That takes two seconds, most of them to import torch, so it
is done only if it is needed; and it is done in another process, because torch starts threads, and a process with
threads must not be forked.
"""

import multiprocessing
from collections.abc import Iterable
from contextlib import suppress
from string import ascii_lowercase

from makemore.core.errors import UserError
from makemore.core.files import read_json, write_json
from makemore.core.params import load_params
from makemore.pipeline.folder import FOLDER

_FILE = FOLDER / "durations.json"
_TYPICAL = 3.0  # seconds of a stage that is no training: most of them start Python, import torch and write a file
_REALITY = 10.0  # training takes about ten times as long as its estimate, which is a lower bound


def expected_durations(stages: Iterable[str]) -> dict[str, float]:
    """The expected seconds of each stage, whose name is `train@VARIANT` if it is a training."""
    remembered = _remembered()
    unknown = [stage for stage in stages if stage not in remembered]
    trainings = [stage.removeprefix("train@") for stage in unknown if stage.startswith("train@")]
    estimates = _in_another_process(trainings) if trainings else {}
    guesses = {stage: _TYPICAL + estimates.get(stage.removeprefix("train@"), 0.0) for stage in unknown}
    return guesses | {stage: remembered[stage] for stage in stages if stage in remembered}


def remember_durations(seconds: dict[str, float]) -> None:
    """Remembers how long stages took. Earlier durations of other stages are kept."""
    if seconds:
        write_json(_FILE, _remembered() | {stage: round(value, 1) for stage, value in seconds.items()})


def _remembered() -> dict[str, float]:
    """The remembered durations; none if the file is missing or damaged, because they are only a hint."""
    try:
        values = read_json(_FILE)
    except UserError:
        return {}
    if not isinstance(values, dict):
        return {}
    return {stage: float(value) for stage, value in values.items() if isinstance(value, int | float)}


def _in_another_process(variants: list[str]) -> dict[str, float]:
    """The estimates, or none if that process fails: then the stages only start in another order."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(_estimates(variants)))
    process.start()
    sender.close()
    try:
        found: dict[str, float] = receiver.recv()
    except EOFError:
        found = {}
    process.join()
    return found


def _estimates(variants: list[str]) -> dict[str, float]:
    """The estimated seconds to train each variant. A variant with invalid parameters has none: `check` refuses it."""
    from makemore.core.vocabulary import Vocabulary
    from makemore.estimates import Sizes, estimate
    from makemore.models.base import catalog

    sizes = Sizes(Vocabulary((".", *ascii_lowercase)), longest=15, names=10_000, symbols=70_000)  # a typical corpus

    found = {}
    with suppress(UserError):
        params = load_params()
        for variant in variants:
            with suppress(UserError, KeyError):
                config = catalog.parse_config(variant, params.variants[variant])
                found[variant] = _REALITY * estimate(config, sizes).seconds
    return found
