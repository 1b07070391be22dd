"""Brings MLflow up to date: one finished run for the results of each variant, and how every other training run ended.

An MLflow run is complete if it is finished, has the key of the results, and lacks no part (parts.py); parts can be
deleted later. A complete run is looked up before anything is written. If there is none, `sync` completes the run that
was streamed during training, or one that an earlier `sync` left incomplete, or creates a new one. The key is set first
and the status "finished" last, so a run whose writing was interrupted is not finished, and the next `sync` completes
it. After a race (two clones, one server) both see two finished runs, and both keep the same one.

If anything goes wrong, there is a warning: `sync` never raises, and it ends in bounded time even if no server responds.
"""

import sys
from collections.abc import Sequence

from mlflow.entities import Run

from makemore.core.layout import main_repository
from makemore.tracking.delivery import deliver, run_of
from makemore.tracking.journals import check_journals, close_journals, trainings_of
from makemore.tracking.limits import reason, time_limit
from makemore.tracking.parts import missing_parts, write
from makemore.tracking.registry import update_champion
from makemore.tracking.results import TrackedResults
from makemore.tracking.run import (
    CLONE,
    KEY,
    TRAINING,
    clone_id,
    create_run,
    deduplicate,
    delete_run,
    find_runs,
    read_curve,
)
from makemore.tracking.store import Store, open_store
from makemore.training.journal import Training, now, remove_journal

ATTEMPTS = 2  # without any progress
SECONDS_PER_RUN = 120


def sync(results: Sequence[TrackedResults], experiment: str) -> None:
    """Brings MLflow up to date with `results`. If that fails, it warns and returns."""
    check_journals()
    remaining, written, failures = list(results), 0, 0
    while True:
        try:
            store = open_store(main_repository(), experiment)
            while remaining:
                with time_limit(SECONDS_PER_RUN):
                    written += _complete(store, remaining[0])
                del remaining[0]
                failures = 0
            with time_limit(SECONDS_PER_RUN):
                for corpus in {each.hash_of_corpus for each in results}:
                    update_champion(store, corpus)
                _delete_unfinished(store, results)
                close_journals(store)
        except Exception as error:  # MLflow, SQLite and the network raise many kinds
            failures += ATTEMPTS if isinstance(error, TimeoutError) else 1
            if failures >= ATTEMPTS:
                print(f"warning: MLflow is not up to date ({reason(error)}); `dvc repro` will retry", file=sys.stderr)
                return
        else:
            print(f"MLflow: {written} runs written, {len(results) - written} already up to date")
            return


def _complete(store: Store, results: TrackedResults) -> bool:
    """Makes sure that the store has one complete run of `results`. Returns whether anything had to be written."""
    run = deduplicate(store, find_runs(store, {KEY: results.key}, "= 'FINISHED'"))
    trainings = trainings_of(results)
    written = run is None or bool(missing_parts(store, run, results, thorough=False))
    if written:
        run = run or _incomplete_run(store, results, list(trainings.values()))
        write(store, run, results, _end_of(run, list(trainings.values())))
        deduplicate(store, find_runs(store, {KEY: results.key}, "= 'FINISHED'"))
    for path, training in trainings.items():
        for other in find_runs(store, {CLONE: clone_id(), TRAINING: training.token}, "!= 'FINISHED'"):
            delete_run(store, other)  # its results already have a complete run
        remove_journal(path)
    return written


def _incomplete_run(store: Store, results: TrackedResults, trainings: list[Training]) -> Run:
    """The run to complete: one streamed during training that agrees with `results`, an earlier sync's, or a new one."""
    for training in trainings:
        if run := deliver(store, training) and run_of(store, training):
            if _agrees(store, run, results):
                return run
            delete_run(store, run)
    if run := deduplicate(store, find_runs(store, {KEY: results.key, CLONE: clone_id()}, "!= 'FINISHED'")):
        return run
    return create_run(store, results.variant, {KEY: results.key}, trainings[0].start if trainings else now())


def _end_of(run: Run, trainings: list[Training]) -> int:
    """When the training of `run` ended. If only its results are known, as from DVC's cache, it takes no time."""
    own = [training for training in trainings if training.token == run.data.tags.get(TRAINING)]
    return next((training.end for training in own or trainings), run.info.start_time)


def _delete_unfinished(store: Store, results: Sequence[TrackedResults]) -> None:
    """Deletes this clone's unfinished runs of `results`, which all have a complete run now.

    They were created twice after a lost response, or another clone was faster.
    """
    keys = {each.key for each in results}
    for run in find_runs(store, {CLONE: clone_id()}, "!= 'FINISHED'"):
        if run.data.tags.get(KEY) in keys:
            delete_run(store, run)


def _agrees(store: Store, run: Run, results: TrackedResults) -> bool:
    """Whether the parameters and the curve of `run` are a subset of those of `results`."""
    params = {name: str(value) for name, value in results.params.items()}
    return run.data.params.items() <= params.items() and set(read_curve(store, run)) <= set(results.curve())
