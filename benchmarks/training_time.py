"""The variants of params.yaml compared with each other: training time and dev NLL, trained one after the other.

Prints a table; with CHART=path.svg it also draws a chart (`make times` draws the one in docs/models.md). The time is
that of `training.fit.fit`, including the evaluations for the curve. The report has no such chart, because DVC hashes
its outputs, and times differ every time.
"""

import os
import time
from pathlib import Path

import pandas as pd

from benchmarks.harness import ROOT, table
from makemore.core.corpus import Corpus
from makemore.core.params import Params
from makemore.core.splits import split_words
from makemore.core.words import read_words
from makemore.evaluation import likelihood
from makemore.models.base.catalog import parse_config
from makemore.report import style
from makemore.training.fit import fit


def main(params: Params) -> None:
    words = read_words(ROOT / params.data.path, params.data)
    splits = split_words(words, read_words(ROOT / params.data.dev_path, params.data), params.data)
    corpus = Corpus.of(splits, params.data.end_marker)
    rows = []
    for variant, values in params.variants.items():
        config = parse_config(variant, values)
        started = time.perf_counter()
        model, _ = fit(config, corpus, variant)
        seconds = time.perf_counter() - started
        rows.append((variant, model.n_params, seconds, likelihood(model, corpus.rows["dev"]).mean()))
    rows.sort(key=lambda row: row[-1])
    table(
        f"Training time and dev NLL on {params.data.path}, {params.compute.determinism} mode",
        ("variant", "parameters", "seconds", "dev NLL"),
        [(variant, f"{size:,}", f"{seconds:.2f}", f"{nll:.4f}") for variant, size, seconds, nll in rows],
    )
    if path := os.environ.get("CHART"):
        frame = pd.DataFrame(rows, columns=["variant", "parameters", "seconds", "nll"])
        chart = style.quality_against(frame, "seconds", "training time (seconds)", list(frame["variant"]))
        Path(path).write_text(style.svgs({"chart": style.styled(chart)})["chart"], encoding="utf-8")
