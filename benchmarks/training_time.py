"""The variants of params.yaml compared with each other: training time and dev NLL, trained one after the other.

Prints a table; with CHART=path.svg it also draws a chart (`make times` draws the one in docs/models.md). The time is
that of `training.fit.fit`, including the evaluations for the curve. The report has no such chart, because DVC hashes
its outputs, and times differ every time.
"""

import os
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.harness import ROOT, table
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.models.base.catalog import parse_config
from makemore.preparation.prepare import prepare
from makemore.report.charts.figures import as_file, svgs
from makemore.report.charts.quality import quality_against
from makemore.report.charts.style import styled
from makemore.training.fit import fit


def main(params: Params) -> None:
    paths = {"path": str(ROOT / params.data.path), "dev_path": str(ROOT / params.data.dev_path)}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(params.data.model_copy(update=paths), "", folder / "corpus", folder / "chunks")
        compare(params, Corpus.load(folder / "corpus").with_some_dev(params.evaluate.curve_names))


def compare(params: Params, corpus: Corpus) -> None:
    rows = []
    for variant, values in params.variants.items():
        started = time.perf_counter()
        model, _ = fit(parse_config(variant, values), corpus, variant)
        rows.append(
            (variant, model.n_params, time.perf_counter() - started, likelihood(model, corpus.names["dev"]).mean())
        )
    rows.sort(key=lambda row: row[-1])
    table(
        f"Training time and dev NLL on {params.data.path}, {params.compute.arithmetic} arithmetic",
        ("variant", "parameters", "seconds", "dev NLL"),
        [(variant, f"{size:,}", f"{seconds:.2f}", f"{nll:.4f}") for variant, size, seconds, nll in rows],
    )
    if path := os.environ.get("CHART"):
        frame = pd.DataFrame(rows, columns=["variant", "parameters", "seconds", "nll"])
        chart = quality_against(frame, "seconds", "training time (seconds)")
        Path(path).write_text(as_file(svgs({"chart": styled(chart)})["chart"]), encoding="utf-8")
