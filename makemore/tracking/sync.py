"""Brings the store up to date: one finished run for each record, and a word on each training that came to nothing.

A run is complete when it is finished and has the record's key; it is looked for before anything is written. Where there
is none, the run that the training streamed is completed, or one that a former `sync` could not complete, or a new one
is made. The key is set before, and "finished" after, everything else: what is cut off half way is not finished, and is
gone on with. After a race (two clones, one server) both see two finished runs, and both keep the same one.

Whatever goes wrong costs a warning: `sync` never raises, and it ends in bounded time, also where nobody answers.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Run, RunTag

from makemore.files import file_md5, read_json
from makemore.tracking.delivery import (
    CLONE,
    ERROR,
    KEY,
    METRICS_A_CALL,
    TRAINING,
    chunks,
    clone,
    curve,
    delete,
    deliver,
    find,
    log_curve,
    log_params,
    make_run,
    run_of,
    the_one,
)
from makemore.tracking.journal import FOLDER, Training, lock_of, now, read_journal, remove_journal, root
from makemore.tracking.record import Record
from makemore.tracking.registry import crown, register
from makemore.tracking.store import Store, locked, open_store, patience, reason

ATTEMPTS = 2  # without getting any further
SECONDS_A_RECORD = 120


def sync(records: Sequence[Record], experiment: str) -> None:
    """Brings the store up to date with `records`; warns, and returns, where it cannot be reached or written."""
    left, written, failures = list(records), 0, 0
    while True:
        try:
            store = open_store(root(), experiment)
            while left:
                with patience(SECONDS_A_RECORD):
                    written += _complete(store, left[0])
                del left[0]
                failures = 0
            with patience(SECONDS_A_RECORD):
                for corpus in {record.hash_of_corpus for record in records}:
                    crown(store, corpus)
                _close_journals(store)
        except Exception as error:  # whatever MLflow, SQLite or the network comes up with
            failures += ATTEMPTS if isinstance(error, TimeoutError) else 1
            if failures >= ATTEMPTS:
                print(
                    f"warning: the MLflow record is not up to date ({reason(error)}); the next `dvc repro` tries again",
                    file=sys.stderr,
                )
                return
        else:
            print(f"MLflow: {written} runs written, {len(records) - written} already there")
            return


def _complete(store: Store, record: Record) -> bool:
    """Sees to it that the store holds one complete run of `record`; says whether it had to be written."""
    written = the_one(store, find(store, {KEY: record.key}, "= 'FINISHED'")) is None
    trainings = _trainings(record)
    if written:
        run = _unfinished(store, record, list(trainings.values()))
        _write(store, run, record)
        the_one(store, find(store, {KEY: record.key}, "= 'FINISHED'"))
        for run in find(store, {KEY: record.key, CLONE: clone()}, "!= 'FINISHED'"):
            delete(store, run)  # one that a lost answer doubled
    for path, training in trainings.items():
        for run in find(store, {CLONE: clone(), TRAINING: training.token}, "!= 'FINISHED'"):
            delete(store, run)  # the training of a result that was on record
        remove_journal(path)
    return written


def _trainings(record: Record) -> dict[Path, Training]:
    """The journals of the trainings that wrote the model of `record`, the last first."""
    found = {path: read_journal(path) for path in (root() / FOLDER).glob(f"{record.variant}-*.jsonl")}
    fitting = {path: each for path, each in found.items() if each and each.model == record.hash_of_model}
    return dict(sorted(fitting.items(), key=lambda item: -item[1].start))


def _unfinished(store: Store, record: Record, trainings: list[Training]) -> Run:
    """The run to complete: that of the training, if it says nothing else than `record`, or of a former `sync`."""
    for training in trainings:
        if run := deliver(store, training) and run_of(store, training):
            if _agrees(store, run, record):
                return run
            delete(store, run)
    if run := the_one(store, find(store, {KEY: record.key, CLONE: clone()}, "!= 'FINISHED'")):
        return run
    return make_run(store, record.variant, {KEY: record.key}, trainings[0].start if trainings else now())


def _agrees(store: Store, run: Run, record: Record) -> bool:
    """Whether the parameters and the curve of `run` are a part of those of `record`."""
    nlls = {int(step): min(dev_nll, sys.float_info.max) for step, _, dev_nll, _ in record.curve()}  # no infinity there
    params = {name: str(value) for name, value in record.params.items()}
    return run.data.params.items() <= params.items() and curve(store, run).items() <= nlls.items()


def _write(store: Store, run: Run, record: Record) -> None:
    """Writes all that `run` lacks. What is there already, with the same time stamp, is not written twice."""
    client, run_id, start = store.client, run.info.run_id, run.info.start_time
    tags = {
        KEY: record.key,
        "variant": record.variant,
        "model": str(record.params["model"]),
        "dvc.stage": f"train@{record.variant}",
        "makemore.corpus": record.hash_of_corpus,
        "md5.data": file_md5(record.data),
        **{f"md5.{path}": value for path, value in record.outputs.items()},
    }
    client.log_batch(run_id, tags=[RunTag(name, value) for name, value in tags.items()])
    log_params(store, run, record.params)
    log_curve(store, run, [(point, start) for point in record.curve()])
    numbers = [Metric(name, value, start, 0) for name, value in record.numbers().items()]
    for some in chunks(numbers, METRICS_A_CALL):
        client.log_batch(run_id, metrics=some)
    client.log_inputs(run_id, datasets=[_dataset(record)])
    client.log_artifacts(run_id, str(record.model), "model")
    for path in record.results:
        client.log_artifact(run_id, str(path), path.parent.name)
    for path in record.shared:
        folder = "report" if path.parent.name == "reports" else f"report/{path.parent.name}"
        client.log_artifact(run_id, str(path), folder)
    if ERROR in run.data.tags:
        client.delete_tag(run_id, ERROR)
    register(store, run, record)
    client.set_terminated(run_id)


def _dataset(record: Record) -> DatasetInput:
    """The file of names: where it is, its md5 (the hash that DVC knows it by), how many names it has."""
    dataset = Dataset(
        name=record.data.stem,
        digest=file_md5(record.data),
        source_type="local",
        source=json.dumps({"uri": str(record.data)}),
        profile=json.dumps({"num_rows": read_json(record.corpus / "card.json")["lines"]}),
    )
    return DatasetInput(dataset, tags=[InputTag("mlflow.data.context", "training")])


def _close_journals(store: Store) -> None:
    """Delivers the journals of trainings that failed, were killed, or whose result is not there any more."""
    for path in sorted((root() / FOLDER).glob("*.jsonl")):
        with locked(lock_of(path)):
            training = read_journal(path)
            if training is None or training.status == "RUNNING":
                continue
            if training.status == "FINISHED":
                if Path(training.folder).exists() and Path(training.folder) != Path.cwd():
                    continue  # a queued experiment that has not come to its own `track` yet
                training = replace(training, status="KILLED", error="trained, but given up before it was recorded")
            deliver(store, training)
            remove_journal(path)
