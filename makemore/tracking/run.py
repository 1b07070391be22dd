"""Operations on MLflow runs: find, create, deduplicate, delete, and log what is missing.

Each can be repeated: a run is looked up before it is created, and only missing parameters and points are written. An
operation that was interrupted, or whose response was lost, is completed by the next attempt, without duplicates.

A run has up to three identities, as tags: the key of its results (variant.py), the key of its training, and the clone
that writes it.
"""

import hashlib
import re
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from mlflow.entities import Metric, Param, Run
from mlflow.exceptions import MlflowException

from makemore.core.curve import COLUMNS, Point
from makemore.core.files import write_text
from makemore.core.layout import JOURNALS, main_repository
from makemore.tracking.lineage import DIFF, lineage
from makemore.tracking.registry import unregister
from makemore.tracking.store import Store, lock

KEY, TRAINING, CLONE = "makemore.key", "makemore.training", "makemore.clone"
ERROR, EXPERIMENT, PARENT = "makemore.error", "makemore.experiment", "mlflow.parentRunId"
CHANGES = "uncommitted.diff"  # an artifact
CURVE_METRICS = COLUMNS[1:]  # logged as curve/NAME, with the first column as the step
MOST_RUNS = 50_000  # that MLflow returns in one answer
# At most 1,000 and 100 in a call of MLflow's log_batch; all metrics of a point are in the same call.
METRICS_PER_CALL, PARAMS_PER_CALL = 1000 // len(CURVE_METRICS) * len(CURVE_METRICS), 100


def find_runs(store: Store, tags: dict[str, str], status: str = "") -> list[Run]:
    """The runs of the experiment with these tags; `status` is a condition such as "= 'FINISHED'"."""
    conditions = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
    if status:
        conditions.append(f"attributes.status {status}")
    return list(store.client.search_runs([store.experiment_id], " and ".join(conditions), max_results=MOST_RUNS))


def deduplicate(store: Store, runs: list[Run]) -> Run | None:
    """Keeps the run with the lowest id and deletes the others.

    Every process that sees the same runs keeps the same one. After a race, or a request that was carried out twice, the
    last process to look leaves a single run.
    """
    ordered = sorted(runs, key=lambda run: str(run.info.run_id))
    for run in ordered[1:]:
        delete_run(store, run)
    return ordered[0] if ordered else None


def delete_run(store: Store, run: Run) -> None:
    """Deletes a run and its registered model. Another process may do the same at the same time."""
    try:
        unregister(store, run)
        store.client.delete_run(run.info.run_id)
    except MlflowException:
        if store.client.get_run(run.info.run_id).info.lifecycle_stage != "deleted":
            raise


def create_run(store: Store, name: str, tags: dict[str, str], start: int) -> Run:
    """A new run of this clone, with its lineage. The run of an experiment is nested under one that groups them."""
    now = lineage()
    tags = {**tags, CLONE: clone_id(), **now.tags}
    if "dvc.experiment" in now.tags:
        tags[PARENT] = _parent_id(store, now.tags["dvc.experiment"], now.tags["dvc.baseline"])
    run = store.client.create_run(store.experiment_id, start, tags, name)
    log_changes(store, run)
    return run


def log_changes(store: Store, run: Run) -> None:
    """Uploads the uncommitted changes with which `run` was created, unless it has them or they are others by now."""
    if DIFF in run.data.tags and CHANGES not in artifacts_of(store, run):
        now = lineage()
        if now.tags.get(DIFF) == run.data.tags[DIFF]:
            store.client.log_text(run.info.run_id, now.changes, CHANGES)


def artifacts_of(store: Store, run: Run) -> set[str]:
    """The files and folders at the root of a run's artifacts."""
    return {file.path for file in store.client.list_artifacts(run.info.run_id)}


def _parent_id(store: Store, experiment: str, baseline: str) -> str:
    """The id of the run that groups those of an experiment of DVC, which started from the commit `baseline`."""
    tags = {EXPERIMENT: experiment, "dvc.baseline": baseline}
    with lock("experiment"):
        run = deduplicate(store, find_runs(store, tags))
        if run is None:
            created = store.client.create_run(
                store.experiment_id, tags={**tags, CLONE: clone_id()}, run_name=experiment
            )
            # After a lost response it may have been created twice: deduplicate before it has children.
            run = deduplicate(store, find_runs(store, tags)) or created
        if run.info.status != "FINISHED":
            store.client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


def log_params(store: Store, run: Run, params: dict[str, Any]) -> None:
    """Logs the parameters that the run lacks."""
    missing = [Param(name, str(value)) for name, value in params.items() if name not in run.data.params]
    for some in chunks(missing, PARAMS_PER_CALL):
        store.client.log_batch(run.info.run_id, params=some)


def log_curve(store: Store, run: Run, points: Sequence[tuple[Point, int]]) -> None:
    """Logs the points that the run lacks; each comes with its time in milliseconds since 1970."""
    history = store.client.get_metric_history(run.info.run_id, f"curve/{CURVE_METRICS[0]}")
    known = {metric.step for metric in history}  # the metrics of a point are logged together
    metrics = [
        Metric(f"curve/{name}", getattr(point, name), time, point.step)
        for point, time in points
        if point.step not in known
        for name in CURVE_METRICS
    ]
    for some in chunks(metrics, METRICS_PER_CALL):
        store.client.log_batch(run.info.run_id, metrics=some)


def chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    """`items` in lists of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def clone_id() -> str:
    """A random id of this clone, kept in a file that is named after its folder: a copy of the clone gets a new id."""
    folder = hashlib.sha256(str(main_repository().resolve()).encode()).hexdigest()
    path = main_repository() / JOURNALS / f"clone-{folder[:16]}"
    with lock("clone"):
        known = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        if not re.fullmatch("[0-9a-f]{32}", known):
            known = uuid.uuid4().hex
            write_text(path, known)
    return known
