"""Brings MLflow up to date: one finished run for the results of each variant, and how every other training run ended.

A finished run has the key of its results (variant.py) and is looked up before anything is written. If there is none, or
it has lost something, `sync` writes a new one from start to end (parts.py) and deletes the old one; a run that was
streamed during training is completed instead, because people have it open. The status "finished" is set last: a run
whose writing was interrupted is not finished, and is deleted and written again. After a race (two clones, one server)
both see two finished runs, and both keep the same one.

If anything goes wrong, there is a warning: `sync` never raises, and it ends in bounded time even if no server responds.
"""

import sys
from collections.abc import Sequence

from mlflow.entities import Run

from makemore.core.layout import main_repository
from makemore.tracking.limits import reason, time_limit
from makemore.tracking.live.delivery import check_journals, close_journals, deliver, trainings_of
from makemore.tracking.live.reader import Training, remove_journal
from makemore.tracking.parts import missing_parts, write
from makemore.tracking.registry import describe, update_champion
from makemore.tracking.run import CLONE, KEY, TRAINING, clone_id, create_run, deduplicate, delete_run, find_runs
from makemore.tracking.store import Store, lock, open_store
from makemore.tracking.variant import TrackedVariant
from makemore.training.journal import now

ATTEMPTS = 2  # without any progress
SECONDS_PER_RUN = 120


def sync(results: Sequence[TrackedVariant], experiment: str) -> None:
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


def _complete(store: Store, results: TrackedVariant) -> bool:
    """Makes sure that the store has one complete run of `results`. Returns whether it had to be written."""
    trainings = trainings_of(results.variant, results.hash_of_model)
    run = _finished(store, results)
    written = run is None or bool(missing_parts(store, run, results))
    if written:
        if run:
            delete_run(store, run)
        with lock("sync", SECONDS_PER_RUN):  # queued experiments belong to the same clone
            run, end = _run_to_write(store, results, list(trainings.values()))
            write(store, run, results, end)
        run = _finished(store, results)
    if run:
        describe(store, run, results)
    for path, training in trainings.items():
        tags = {CLONE: clone_id(), TRAINING: training.key, "variant": training.variant}
        for other in find_runs(store, tags, "!= 'FINISHED'"):
            delete_run(store, other)  # its results already have a complete run
        remove_journal(path)
    return written


def _finished(store: Store, results: TrackedVariant) -> Run | None:
    return deduplicate(store, find_runs(store, {KEY: results.key}, "= 'FINISHED'"))


def _run_to_write(store: Store, results: TrackedVariant, trainings: list[Training]) -> tuple[Run, int]:
    """The run streamed during training, if nothing else has been written to it, or a new one; and when it ended.

    If only the results are known, as from DVC's cache, the run takes no time.
    """
    _delete_unfinished(store, [results])
    for training in trainings:
        if {point for point, _ in training.points} <= {*results.curve()} and (run := deliver(store, training)):
            return run, training.end
    start = trainings[0].start if trainings else now()
    run = create_run(store, results.variant, {KEY: results.key}, start)
    return run, trainings[0].end if trainings else start


def _delete_unfinished(store: Store, results: Sequence[TrackedVariant]) -> None:
    """Deletes this clone's runs of `results` that are not finished.

    Their writing was interrupted, they were created twice after a lost response, or another clone was faster.
    """
    keys = {each.key for each in results}
    for run in find_runs(store, {CLONE: clone_id()}, "!= 'FINISHED'"):
        if run.data.tags.get(KEY) in keys:
            delete_run(store, run)
