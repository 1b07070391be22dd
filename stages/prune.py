"""prune: deletes the results of variants that are no longer in params.yaml, and their stages in dvc.lock.

DVC keeps both. This stage runs when the result folders have changed, before anything reads them, so report and MLflow
never show a variant that the pipeline no longer has. Models are deleted before that (tidy.py).
"""

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from makemore.core.files import write_text
from makemore.core.layout import DETAILS, ENSEMBLES, FOLDER_FILE, LOCK, LOSSES, METRICS, PRUNED, SAMPLES, STUDENTS
from makemore.core.params import Params

_VARIANT_STAGE = re.compile(r"^  [a-z]+@([^:\n]+):\n(?:   .*\n)+", re.MULTILINE)  # an entry of dvc.lock


def run(params: Params) -> None:
    prune_folder(ENSEMBLES, params.ensembles)
    prune_folder(STUDENTS, params.students)
    for folder in (LOSSES, METRICS, DETAILS, SAMPLES):
        prune_folder(folder, params.all_variants)
    if "DVC_STAGE" in os.environ:  # DVC waits for this stage, and rereads dvc.lock before it writes it
        _prune_lock(params.all_variants)
    write_text(PRUNED, "only current variants have results\n")  # always the same text: report waits for it


def prune_folder(folder: Path, variants: Collection[str]) -> None:
    """Deletes the files and folders in `folder` whose name, without its suffix, is not in `variants`."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.stem not in variants and path.name != FOLDER_FILE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _prune_lock(variants: Collection[str]) -> None:
    """Deletes the stages of variants that are not in `variants` from dvc.lock; other lines stay as they are."""
    text = LOCK.read_text(encoding="utf-8") if LOCK.exists() else ""
    remaining = _VARIANT_STAGE.sub(lambda stage: stage[0] if stage[1] in variants else "", text)
    if remaining != text:
        write_text(LOCK, remaining)
