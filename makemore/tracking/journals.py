"""The journals that are left at the end of `dvc repro`: finds those that belong to results, and closes the others."""

import sys
from dataclasses import replace
from pathlib import Path

from makemore.core.layout import JOURNALS, main_repository
from makemore.tracking.delivery import deliver, delivery_lock
from makemore.tracking.results import TrackedResults
from makemore.tracking.store import Store
from makemore.training.journal import Training, read_journal, remove_journal, set_aside


def check_journals() -> None:
    """Warns about damaged lines. Renames a journal whose start is lost, since it is unknown what it belongs to."""
    for path in _journals():
        training = read_journal(path)
        if training is None:
            try:
                renamed = set_aside(path)
            except OSError as error:
                print(f"warning: {path}: damaged, and not renamed: {error.strerror}; delete it", file=sys.stderr)
                continue
            if renamed:
                print(f"warning: {path}: damaged from its start on; renamed to {renamed.name}", file=sys.stderr)
        elif training.damaged:
            lines = "1 damaged line" if training.damaged == 1 else f"{training.damaged} damaged lines"
            print(f"warning: {path}: {lines} dropped; the others go to MLflow", file=sys.stderr)


def trainings_of(results: TrackedResults) -> dict[Path, Training]:
    """The journals of the training runs that produced the model of `results`, most recent first."""
    journals = {path: read_journal(path) for path in _journals(results.variant)}
    matching = {path: each for path, each in journals.items() if each and each.model == results.hash_of_model}
    return dict(sorted(matching.items(), key=lambda item: -item[1].start))


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
