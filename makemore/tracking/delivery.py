"""Delivers a journal to MLflow: a run with its parameters, the curve so far, and how training ended.

Delivery is idempotent: one that was interrupted is completed by the next, without duplicates.

An MLflow run belongs to a clone (tag makemore.clone) and to a journal (tag makemore.training, its token). Two clones
that train the same thing at the same time have a run each, until one is complete and sync.py deduplicates them.
"""

from pathlib import Path

from filelock import FileLock
from mlflow.entities import Run

from makemore.tracking.run import (
    CLONE,
    ERROR,
    TRAINING,
    clone_id,
    create_run,
    deduplicate,
    find_runs,
    log_changes,
    log_curve,
    log_params,
)
from makemore.tracking.store import Store, lock
from makemore.training.journal import Training


def deliver(store: Store, training: Training) -> Run | None:
    """Brings the MLflow run of `training` up to date and returns it; None if that run is already complete.

    Hold `delivery_lock` while calling it.
    """
    run = run_of(store, training)
    if run is None:
        tags = {"variant": training.variant, "model": str(training.params.get("model")), TRAINING: training.token}
        stage = {"dvc.stage": f"train@{training.variant}"}
        run = create_run(store, training.variant, {**tags, **stage}, training.start)
    if run.info.status == "FINISHED":
        return None
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


def run_of(store: Store, training: Training) -> Run | None:
    """The MLflow run of `training` in this clone, if there is one."""
    return deduplicate(store, find_runs(store, {CLONE: clone_id(), TRAINING: training.token}))


def delivery_lock(journal: Path) -> FileLock:
    """Keeps the carrier and the track stage from delivering journals of the same variant at the same time."""
    return lock(f"deliver-{journal.stem.rpartition('-')[0]}")
