"""Brings MLflow up to date: one finished run for the results of each variant, and the fate of each other training.

A run is complete if it is finished and has the key of the results; it is searched before anything is written. If there
is none, `sync` completes the run that the training streamed, or one that an earlier `sync` left incomplete, or creates
a new one. The key is set before everything else and the status "finished" after it, so an interrupted run is not
finished, and the next `sync` completes it. After a race (two clones, one server) both see two finished runs, and both
keep the same one.

Anything that goes wrong costs a warning: `sync` never raises, and it ends in bounded time even if nobody answers.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Run, RunTag

from makemore.core.files import file_md5, read_json
from makemore.core.layout import CARD, JOURNALS, REPORT, main_repository
from makemore.tracking.delivery import deliver, delivery_lock, run_of
from makemore.tracking.limits import reason, time_limit
from makemore.tracking.registry import register, update_champion
from makemore.tracking.results import TrackedResults
from makemore.tracking.run import (
    CLONE,
    ERROR,
    KEY,
    METRICS_PER_CALL,
    TRAINING,
    chunks,
    clone_id,
    create_run,
    deduplicate,
    delete_run,
    find_runs,
    log_curve,
    log_params,
    read_curve,
)
from makemore.tracking.store import Store, open_store
from makemore.training.journal import Training, now, read_journal, remove_journal

ATTEMPTS = 2  # without any progress
SECONDS_PER_RUN = 120


def sync(results: Sequence[TrackedResults], experiment: str) -> None:
    """Brings MLflow up to date with `results`. If that fails, it warns and returns."""
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
                _close_journals(store)
        except Exception as error:  # MLflow, SQLite and the network raise many kinds
            failures += ATTEMPTS if isinstance(error, TimeoutError) else 1
            if failures >= ATTEMPTS:
                print(f"warning: MLflow is not up to date ({reason(error)}); `dvc repro` will retry", file=sys.stderr)
                return
        else:
            print(f"MLflow: {written} runs written, {len(results) - written} already up to date")
            return


def _complete(store: Store, results: TrackedResults) -> bool:
    """Makes sure that the store has one complete run of `results`. Returns whether it had to be written."""
    written = deduplicate(store, find_runs(store, {KEY: results.key}, "= 'FINISHED'")) is None
    trainings = _trainings(results)
    if written:
        run = _incomplete_run(store, results, list(trainings.values()))
        _write(store, run, results)
        deduplicate(store, find_runs(store, {KEY: results.key}, "= 'FINISHED'"))
        for run in find_runs(store, {KEY: results.key, CLONE: clone_id()}, "!= 'FINISHED'"):
            delete_run(store, run)  # created twice by a lost answer
    for path, training in trainings.items():
        for run in find_runs(store, {CLONE: clone_id(), TRAINING: training.token}, "!= 'FINISHED'"):
            delete_run(store, run)  # its results already have a complete run
        remove_journal(path)
    return written


def _trainings(results: TrackedResults) -> dict[Path, Training]:
    """The journals of the trainings that produced the model of `results`, the most recent first."""
    journals = {path: read_journal(path) for path in _journals(results.variant)}
    matching = {path: each for path, each in journals.items() if each and each.model == results.hash_of_model}
    return dict(sorted(matching.items(), key=lambda item: -item[1].start))


def _journals(variant: str = "*") -> list[Path]:
    return sorted((main_repository() / JOURNALS).glob(f"{variant}-*.jsonl"))


def _incomplete_run(store: Store, results: TrackedResults, trainings: list[Training]) -> Run:
    """The run to complete: the training's, unless it contradicts `results`; an earlier sync's; or a new one."""
    for training in trainings:
        if run := deliver(store, training) and run_of(store, training):
            if _agrees(store, run, results):
                return run
            delete_run(store, run)
    if run := deduplicate(store, find_runs(store, {KEY: results.key, CLONE: clone_id()}, "!= 'FINISHED'")):
        return run
    return create_run(store, results.variant, {KEY: results.key}, trainings[0].start if trainings else now())


def _agrees(store: Store, run: Run, results: TrackedResults) -> bool:
    """Whether the parameters and the curve of `run` are a subset of those of `results`."""
    params = {name: str(value) for name, value in results.params.items()}
    return run.data.params.items() <= params.items() and set(read_curve(store, run)) <= set(results.curve())


def _write(store: Store, run: Run, results: TrackedResults) -> None:
    """Writes everything that `run` lacks. MLflow ignores a metric that it has with the same time stamp."""
    client, run_id, start = store.client, run.info.run_id, run.info.start_time
    tags = {
        KEY: results.key,
        "variant": results.variant,
        "model": str(results.params["model"]),
        "dvc.stage": f"train@{results.variant}",
        "makemore.corpus": results.hash_of_corpus,
        "md5.data": file_md5(results.data),
        **{f"md5.{path}": value for path, value in results.outputs.items()},
    }
    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])
    log_params(store, run, results.params)
    log_curve(store, run, [(point, start) for point in results.curve()])
    numbers = [Metric(name, value, start, 0) for name, value in results.numbers().items()]
    for some in chunks(numbers, METRICS_PER_CALL):
        client.log_batch(run_id, metrics=some)
    client.log_inputs(run_id, datasets=[_dataset(results)])
    client.log_artifacts(run_id, str(results.model), "model")
    for path in results.files:
        client.log_artifact(run_id, str(path), path.parent.name)
    for path in results.shared:
        folder = "report" if path.parent == REPORT.parent else f"report/{path.parent.name}"
        client.log_artifact(run_id, str(path), folder)
    if ERROR in run.data.tags:
        client.delete_tag(run_id, ERROR)
    register(store, run, results)
    client.set_terminated(run_id)


def _dataset(results: TrackedResults) -> DatasetInput:
    """The file of names: its path, its md5 as DVC computes it, and its number of names."""
    dataset = Dataset(
        name=results.data.stem,
        digest=file_md5(results.data),
        source_type="local",
        source=json.dumps({"uri": str(results.data)}),
        profile=json.dumps({"num_rows": read_json(CARD)["lines"]}),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])


def _close_journals(store: Store) -> None:
    """Delivers the journals of trainings that failed, were killed, or whose results are gone."""
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
