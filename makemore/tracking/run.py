"""Operations on MLflow runs: find, create, deduplicate, delete, and add what is missing.

Each can be repeated: a run is looked up before it is created, and only missing parameters and points are written. An
operation that was interrupted, or whose response was lost, is completed by the next attempt, without duplicates.
"""

import json
import math
import sys
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from mlflow.entities import Metric, Param, Run, ViewType
from mlflow.exceptions import MlflowException
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from makemore.core.curve import COLUMNS, Point
from makemore.core.files import write_text
from makemore.core.layout import JOURNALS, main_repository
from makemore.tracking.artifacts import missing_artifacts
from makemore.tracking.lineage import DIFF, LOST, keep_changes, kept_changes, origin, sweep_of
from makemore.tracking.registry import unregister
from makemore.tracking.store import Store, lock

KEY, CLONE, TRAINING, ERROR = "makemore.key", "makemore.clone", "makemore.training", "makemore.error"
SWEEP, PARENT = "makemore.sweep", "mlflow.parentRunId"
CHANGES = "uncommitted.diff"  # an artifact
CURVE_METRICS = COLUMNS[1:]  # logged as curve/NAME, with the first column as the step
# At most 1,000 and 100 in a call of MLflow's log_batch; all metrics of a point are in the same call.
METRICS_PER_CALL, PARAMS_PER_CALL = 1000 // len(CURVE_METRICS) * len(CURVE_METRICS), 100


def find_runs(store: Store, tags: dict[str, str], status: str = "") -> list[Run]:
    """The runs of the experiment with these tags; `status` is a condition such as "= 'FINISHED'"."""
    conditions = [f"tags.`{name}` = '{value}'" for name, value in tags.items()]
    if status:
        conditions.append(f"attributes.status {status}")
    runs: list[Run] = []
    token = None
    while True:
        page = store.client.search_runs(
            [store.experiment_id], " and ".join(conditions), ViewType.ACTIVE_ONLY, page_token=token
        )
        runs += page
        token = page.token
        if not token:
            return runs


def deduplicate(store: Store, runs: list[Run]) -> Run | None:
    """Keeps the run with the lowest id (among the finished ones, if there are any) and deletes the others.

    Every process that sees the same runs keeps the same one. After a race, or a request that was carried out twice, the
    last process to look leaves a single run.
    """
    ordered = sorted(runs, key=lambda run: (run.info.status != "FINISHED", run.info.run_id))
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
    """A new run of this clone, with its lineage. The run of an experiment is nested under the run of its sweep."""
    lineage = origin()
    tags = {**tags, CLONE: clone_id(), **lineage.tags}
    if "dvc.experiment" in lineage.tags:
        baseline = lineage.tags["dvc.baseline"]
        tags[PARENT] = _sweep_run_id(store, sweep_of(lineage.tags["dvc.experiment"], baseline), baseline)
    if lineage.changes:
        keep_changes(lineage.changes)
    run = store.client.create_run(store.experiment_id, start, tags, name)
    log_changes(store, run)
    return run


def has_changes(run: Run) -> bool:
    """Whether `run` was created with uncommitted changes that are not lost."""
    return bool(run.data.tags.get("git.dirty") == "true" and run.data.tags.get(DIFF) != LOST)


def log_changes(store: Store, run: Run) -> None:
    """Uploads the uncommitted changes with which `run` was created, if it lacks them. If they are gone, a tag says so.

    They are never replaced by the current changes, which may be different.
    """
    if has_changes(run) and missing_artifacts(store, run.info.artifact_uri, [CHANGES], thorough=True):
        changes = kept_changes(run.data.tags.get(DIFF, ""))
        if changes is None:
            store.client.set_tag(run.info.run_id, DIFF, LOST)
        else:
            store.client.log_text(run.info.run_id, changes, CHANGES)


def _sweep_run_id(store: Store, sweep: str, baseline: str) -> str:
    """The id of the run that groups the experiments of a sweep started from the commit `baseline`."""
    tags = {SWEEP: sweep, "dvc.baseline": baseline}
    with lock("sweep"):  # all workers of a DVC queue are on one machine
        run = deduplicate(store, find_runs(store, tags))
        if run is None:
            created = store.client.create_run(store.experiment_id, tags={**tags, CLONE: clone_id()}, run_name=sweep)
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
    known = _metric_history(store, run, CURVE_METRICS[0])  # the metrics of a point are logged together
    metrics = [
        Metric(f"curve/{name}", getattr(point, name), time, point.step)
        for point, time in points
        if point.step not in known
        for name in CURVE_METRICS
    ]
    for some in chunks(metrics, METRICS_PER_CALL):
        store.client.log_batch(run.info.run_id, metrics=some)


def read_curve(store: Store, run: Run) -> list[Point]:
    """The training curve of a run, as MLflow has it."""
    history = {name: _metric_history(store, run, name) for name in CURVE_METRICS}
    return [Point(step, *(history[name][step] for name in CURVE_METRICS)) for step in sorted(history[CURVE_METRICS[0]])]


def _metric_history(store: Store, run: Run, name: str) -> dict[int, float]:
    """The values of a metric of the curve, by step."""
    history = store.client.get_metric_history(run.info.run_id, f"curve/{name}")
    return {metric.step: _from_database(metric.value) for metric in history}


def nll(run: Run, split: str) -> float:
    """The NLL of a run on `split`; NaN if it has none."""
    return _from_database(float(run.data.metrics.get(f"{split}.nll", math.nan)))


def _from_database(value: float) -> float:
    """A metric as it was logged: databases store infinity as the largest float."""
    return math.inf if value == sys.float_info.max else value


def chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    """`items` in lists of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


class _Clone(BaseModel):
    model_config = ConfigDict(strict=True)
    folder: str
    name: str = Field(pattern="^[0-9a-f]{32}$")


def clone_id() -> str:
    """A random id of this clone, kept in a file. A folder that is moved or copied gets a new id."""
    path, here = main_repository() / JOURNALS / "clone.json", str(main_repository().resolve())
    with lock("clone"):
        try:
            known = _Clone.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            pass
        except ValidationError:
            print(
                f"warning: {path} is damaged; this clone gets a new id, and runs that it has not finished stay so",
                file=sys.stderr,
            )
        else:
            if known.folder == here:
                return known.name
        new = uuid.uuid4().hex
        write_text(path, json.dumps({"folder": here, "name": new}))
    return new
