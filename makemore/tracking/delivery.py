"""From a journal to MLflow: the run of a training, its parameters, its curve so far, and how it ended.

Every step can be repeated: a run is looked for before it is made, and only the points are written that it lacks. So a
delivery that broke off anywhere, or whose answers got lost, is made good by the next one, and nothing stands twice.

A run belongs to the clone that made it (tag makemore.clone) and to one training (tag makemore.training), so two clones
that train the same at the same time have a run each until one of them is complete (sync.py decides).
"""

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from mlflow.entities import Metric, Param, Run, ViewType
from mlflow.exceptions import MlflowException

from makemore.files import write_text
from makemore.tracking.journal import FOLDER, Training, root
from makemore.tracking.lineage import origin, sweep_of
from makemore.tracking.registry import unregister
from makemore.tracking.store import Store, locked

KEY, CLONE, TRAINING, ERROR = "makemore.key", "makemore.clone", "makemore.training", "makemore.error"
SWEEP = "makemore.sweep"
CURVE = ("train_nll", "dev_nll", "lr")  # of a point, behind its step
METRICS_A_CALL, PARAMS_A_CALL = 3 * 333, 100  # what MLflow's log_batch takes at most; points stay whole


def deliver(store: Store, training: Training) -> Run | None:
    """Brings the run of `training` up to date; None where its result is on record already."""
    run = run_of(store, training)
    if run is None:
        tags = {"variant": training.variant, "model": str(training.params["model"]), TRAINING: training.token}
        stage = {"dvc.stage": f"train@{training.variant}"}
        run = make_run(store, training.variant, {**tags, **stage}, training.start)
    if run.info.status == "FINISHED":
        return None
    log_params(store, run, training.params)
    log_curve(store, run, training.points)
    if training.status in {"FAILED", "KILLED"}:
        store.client.set_tag(run.info.run_id, ERROR, training.error)
        store.client.set_terminated(run.info.run_id, training.status)
    elif run.info.status != "RUNNING":  # it was killed, and goes on
        store.client.delete_tag(run.info.run_id, ERROR)
        store.client.update_run(run.info.run_id, "RUNNING")
    return run


def run_of(store: Store, training: Training) -> Run | None:
    """The run of a training in this clone."""
    return the_one(store, find(store, {CLONE: clone(), TRAINING: training.token}))


def find(store: Store, tags: dict[str, str], status: str = "") -> list[Run]:
    """The runs of the experiment with these tags, and in this status."""
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


def the_one(store: Store, runs: list[Run]) -> Run | None:
    """The run with the lowest id, of the finished ones if there are any; the others are deleted.

    Whoever looks at the same runs keeps the same one, and the lowest of all is never deleted. So after a race, or a
    request that was carried out twice, the last to look leaves one.
    """
    ordered = sorted(runs, key=lambda run: (run.info.status != "FINISHED", run.info.run_id))
    for run in ordered[1:]:
        delete(store, run)
    return ordered[0] if ordered else None


def delete(store: Store, run: Run) -> None:
    """Deletes a run, which somebody else may do at the same time, and what is registered of it."""
    try:
        unregister(store, run)
        store.client.delete_run(run.info.run_id)
    except MlflowException:
        if store.client.get_run(run.info.run_id).info.lifecycle_stage != "deleted":
            raise


def make_run(store: Store, name: str, tags: dict[str, str], start: int) -> Run:
    """A new run of this clone, with where it comes from (lineage.py); that of an experiment stands below a sweep."""
    found = origin()
    tags = {**tags, CLONE: clone(), **found.tags}
    if "dvc.experiment" in found.tags:
        baseline = found.tags["dvc.baseline"]
        tags["mlflow.parentRunId"] = _parent(store, sweep_of(found.tags["dvc.experiment"], baseline), baseline)
    run = store.client.create_run(store.experiment_id, start, tags, name)
    if found.changes:
        store.client.log_text(run.info.run_id, found.changes, "uncommitted.diff")
    return run


def _parent(store: Store, sweep: str, baseline: str) -> str:
    """The id of the run that stands for a sweep: of that name, from that commit."""
    tags = {SWEEP: sweep, "dvc.baseline": baseline}
    with locked(root() / FOLDER / "sweep.lock"):  # the workers of a queue are on one machine
        run = the_one(store, find(store, tags))
        if run is None:
            made = store.client.create_run(store.experiment_id, tags={**tags, CLONE: clone()}, run_name=sweep)
            run = the_one(store, find(store, tags)) or made  # before it has children: a lost answer may have doubled it
        if run.info.status != "FINISHED":
            store.client.set_terminated(run.info.run_id)
    return str(run.info.run_id)


def log_params(store: Store, run: Run, params: dict[str, Any]) -> None:
    """Logs the parameters that the run lacks."""
    missing = [Param(name, str(value)) for name, value in params.items() if name not in run.data.params]
    for some in chunks(missing, PARAMS_A_CALL):
        store.client.log_batch(run.info.run_id, params=some)


def log_curve(store: Store, run: Run, points: Sequence[tuple[Sequence[float], int]]) -> None:
    """Logs the points (step, NLL on train and dev, learning rate; and the time) that the run lacks."""
    known = set(curve(store, run))
    metrics = [
        Metric(f"curve/{name}", value, time, int(point[0]))
        for point, time in points
        if int(point[0]) not in known
        for name, value in zip(CURVE, point[1:], strict=True)
    ]
    for some in chunks(metrics, METRICS_A_CALL):
        store.client.log_batch(run.info.run_id, metrics=some)


def curve(store: Store, run: Run) -> dict[int, float]:
    """The NLL on dev by step, as the run has it."""
    return {point.step: point.value for point in store.client.get_metric_history(run.info.run_id, "curve/dev_nll")}


def chunks(items: list[Any], size: int) -> Iterator[list[Any]]:
    """`items` in lists of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))


def clone() -> str:
    """A random name of this clone, the same for all its life; a copy of the folder gets another."""
    path, here = root() / FOLDER / "clone.json", str(root().resolve())
    with locked(path.with_suffix(".lock")):
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        if known.get("folder") != here:
            known = {"folder": here, "name": uuid.uuid4().hex}
            write_text(path, json.dumps(known))
    return str(known["name"])
