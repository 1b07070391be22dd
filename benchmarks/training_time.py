"""Quality against training time: trains every variant of params.yaml on its corpus, one after the other.

Prints a table, and with CHART=path.svg draws it too (`make times` draws the one in docs/models.md). Time is that of
`training.train`, its evaluations for the curve included. The report has no such chart: what DVC hashes holds no time.
"""

import os
import time
from pathlib import Path

import pandas as pd

from benchmarks.harness import ROOT, table
from makemore import reporting
from makemore.corpus import Corpus, read_words, split_words
from makemore.evaluation import likelihood
from makemore.models import parse_config
from makemore.params import Params
from makemore.training import train


def main(params: Params) -> None:
    words = read_words(ROOT / params.data.path, params.data)
    splits = split_words(words, read_words(ROOT / params.data.dev_path, params.data), params.data)
    corpus = Corpus.of(splits, params.data.end_marker)
    rows = []
    for variant, values in params.variants.items():
        config = parse_config(variant, values)
        started = time.perf_counter()
        model, _ = train(config, corpus, variant)
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
        drawn = reporting.quality_against(frame, "seconds", "training time (seconds)", list(frame["variant"]))
        Path(path).write_text(reporting.svg(reporting.styled(drawn)), encoding="utf-8")
