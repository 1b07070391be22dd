"""evaluate: losses are of all names; of very many distinct names, intervals are of a sample, and the metrics say so."""

from pathlib import Path

import pytest

from makemore.core.artifacts import read_artifact, read_tensors
from makemore.core.files import read_json
from makemore.core.layout import CORPUS, DETAILS, LOSSES, METRICS, MODELS
from makemore.core.results import Metrics
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.statistics import names as names_module
from makemore.training.fit import fit
from stages import evaluate
from tests.conftest import CONFIGS, PARAMS
from tests.saving import save_corpus

DEV = [f"{first}{second}" for first in "abcdefgh" for second in "abcdefgh"]


@pytest.fixture(autouse=True)
def _model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A corpus and a fitted model, in the current folder."""
    monkeypatch.chdir(tmp_path)
    corpus = Corpus.of({"train": [*DEV[:9], "bad", "cafe"], "dev": [*DEV, *DEV[::3]], "test": DEV[:25]}, ".")
    save_corpus(corpus, CORPUS)
    model, _ = fit(catalog.parse_config("count", CONFIGS["count"]), corpus, "count")
    catalog.save(model, MODELS / "count")


def metrics() -> Metrics:
    evaluate.run(PARAMS, "count")
    return read_artifact(METRICS / "count.json", Metrics)


def test_sample_makes_intervals_wider_and_changes_no_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    of_all, details = metrics(), read_json(DETAILS / "count.json")
    assert read_tensors(LOSSES / "count.safetensors")["dev"].shape == (64,)
    monkeypatch.setattr(names_module, "MOST_NAMES", 30)
    of_sample = metrics()
    assert read_json(DETAILS / "count.json") == details
    assert {split: tensor.shape for split, tensor in read_tensors(LOSSES / "count.safetensors").items()} == {
        "dev": (30,),
        "test": (25,),
    }
    assert (of_sample.train, of_sample.test) == (of_all.train, of_all.test)
    dev, whole = of_sample.dev.model_dump(), of_all.dev.model_dump()
    assert (dev["interval_names"], whole["interval_names"]) == (30, None)
    assert dev["nll"] == whole["nll"]
    assert dev["nll_high"] - dev["nll_low"] > 1.2 * (whole["nll_high"] - whole["nll_low"])
