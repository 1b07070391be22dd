"""Delivers journals to MLflow: a run with its parameters, the curve so far, and how training ended.

Delivery is idempotent: one that was interrupted is completed by the next, without duplicates.

The run belongs to a clone (tag makemore.clone) and to a training (tag makemore.training, its key). Two clones that
train the same thing at the same time have a run each, until one is complete and sync.py deduplicates them.
"""

import sys
from dataclasses import replace
from pathlib import Path

from filelock import FileLock
from mlflow.entities import Run

from makemore.core.layout import JOURNALS, main_repository
from makemore.tracking.live.reader import Training, read_journal, read_lines, remove_journal
from makemore.tracking.run import (
    CLONE,
    ERROR,
    TRAINING,
    clone_id,
    create_run,
    deduplicate,
    delete_run,
    find_runs,
    log_changes,
    log_curve,
    log_params,
)
from makemore.tracking.store import Store, lock
from makemore.tracking.variant import stage_of


def deliver(store: Store, training: Training) -> Run | None:
    """Brings the MLflow run of `training` up to date and returns it; None if that run is already finished.

    A run with other parameters is replaced: the same training may have been started before under another data.path.
    """
    tags = {TRAINING: training.key, "variant": training.variant}  # variants may have the same training
    runs = find_runs(store, {CLONE: clone_id(), **tags})
    if any(run.info.status == "FINISHED" for run in runs):
        return None
    run = deduplicate(store, runs)
    if run and not run.data.params.items() <= {name: str(value) for name, value in training.params.items()}.items():
        delete_run(store, run)
        run = None
    if run is None:
        tags |= {
            "model": str(training.params.get("model")),
            "dvc.stage": f"{stage_of(training.params)}@{training.variant}",
        }
        run = create_run(store, training.variant, tags, training.start)
    log_params(store, run, training.params)
    log_curve(store, run, training.points)
    if training.status in {"FAILED", "KILLED"}:
        log_changes(store, run)
        store.client.set_tag(run.info.run_id, ERROR, training.error)
        store.client.set_terminated(run.info.run_id, training.status, training.end)
    elif run.info.status != "RUNNING":  # it was killed, and has resumed
        store.client.delete_tag(run.info.run_id, ERROR)
        store.client.update_run(run.info.run_id, "RUNNING")
    return run


def delivery_lock(journal: Path) -> FileLock:
    """Keeps the carrier and the track stage from delivering journals of the same variant at the same time."""
    return lock(f"deliver-{journal.stem.rpartition('-')[0]}")


def check_journals() -> None:
    """Warns about damaged lines. Renames a journal whose start is lost, since it is unknown what it belongs to."""
    for path in _journals():
        training = read_journal(path)
        damaged = read_lines(path)[1]
        if training is None:
            path.replace(path.with_suffix(".damaged"))
        if damaged:
            lines = "1 damaged line" if damaged == 1 else f"{damaged} damaged lines"
            renamed = f"its start is lost, so it is renamed to {path.stem}.damaged"
            outcome = renamed if training is None else f"{lines} dropped; the others go to MLflow"
            print(f"warning: {path}: {outcome}", file=sys.stderr)


def trainings_of(variant: str, model: str) -> dict[Path, Training]:
    """The journals of `variant` whose training produced the model with the hash `model`, most recent first."""
    journals = {path: read_journal(path) for path in _journals(variant)}
    found = {path: each for path, each in journals.items() if each and (each.variant, each.model) == (variant, model)}
    return dict(sorted(found.items(), key=lambda item: -item[1].start))


def close_journals(store: Store) -> None:
    """Delivers the journals of training that failed, was killed, or whose results are gone."""
    for path in _journals():
        with delivery_lock(path):
            training = read_journal(path)
            if training is None or training.status == "RUNNING":
                continue
            if training.status == "FINISHED":
                if Path(training.folder).exists() and Path(training.folder) != Path.cwd():
                    continue  # a queued experiment that has not reached its own track stage yet
                training = replace(training, status="KILLED", error="trained, but its results were discarded")
            deliver(store, training)
            remove_journal(path)


def _journals(variant: str = "*") -> list[Path]:
    found = (main_repository() / JOURNALS).glob(f"{variant}-*.jsonl")
    return sorted(path for path in found if path.is_file())
