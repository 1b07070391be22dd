"""report: what all variants left -> report.md, its figures, and report.html.

A variant that is no longer in params.yaml left files too, and lines in dvc.lock, which DVC would keep. They are removed
here, before anything reads them, so that nothing shows what the pipeline does not make any more.
"""

import os
import re
import shutil
from pathlib import Path

import pandas as pd

from makemore import models, reporting
from makemore.corpus import Corpus
from makemore.files import read_json, read_text, write_text
from makemore.params import Params
from stages import CORPUS, DETAILS, FIGURES, LOCK, METRICS, MODELS, REPORT, REPORT_HTML, SAMPLES


def run(params: Params) -> None:
    for folder in (MODELS, METRICS, DETAILS, SAMPLES):
        _remove_all_but(folder, set(params.variants))
    _remove_from_lock(set(params.variants))
    results = [_result(variant) for variant in params.variants]
    corpus, card = Corpus.load(CORPUS), read_json(CORPUS / "card.json")
    drawn = reporting.charts(results, corpus)
    for name, chart in drawn.items():
        write_text(FIGURES / f"{name}.svg", reporting.svg(chart))
    _remove_all_but(FIGURES, set(drawn))
    write_text(REPORT, reporting.markdown(results, card, list(drawn)))
    write_text(REPORT_HTML, reporting.page(results, card, drawn))


def _remove_all_but(folder: Path, kept: set[str]) -> None:
    """Removes the files and folders in `folder` whose name, less its ending, is not in `kept`."""
    for path in folder.iterdir() if folder.exists() else ():
        if path.stem not in kept:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _remove_from_lock(kept: set[str]) -> None:
    """Removes the stages of variants that are not in `kept` from dvc.lock, the other lines as they are.

    DVC waits for this stage, and reads dvc.lock anew before it writes to it.
    """
    if "DVC_STAGE" in os.environ and LOCK.exists():  # not when the stage is run by hand
        text = LOCK.read_text(encoding="utf-8")
        entries = re.compile(r"^  [a-z]+@([^:\n]+):\n(?:   .*\n)+", re.MULTILINE)
        remaining = entries.sub(lambda entry: entry[0] if entry[1] in kept else "", text)
        if remaining != text:
            write_text(LOCK, remaining)


def _result(variant: str) -> reporting.Result:
    return reporting.Result(
        variant=variant,
        metrics=read_json(METRICS / f"{variant}.json"),
        details=read_json(DETAILS / f"{variant}.json"),
        statistics=read_json(SAMPLES / f"{variant}.json"),
        names=read_text(SAMPLES / f"{variant}.txt").split("\n")[:-1],
        history=pd.read_csv(MODELS / variant / "history.csv"),
        model=models.load(MODELS / variant),
    )
