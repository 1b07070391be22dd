"""What several unit tests share."""

import copy
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from makemore.core.files import write_json
from makemore.core.layout import CORPUS, METRICS, MODELS
from makemore.core.layout import PARAMS as PARAMS_FILE
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.models.base.catalog import AnyModel
from tests.conftest import CONFIGS, PARAMS
from tests.fitting import fit_any
from tests.saving import save_corpus

Fitted = Callable[..., AnyModel]


@pytest.fixture(scope="session", autouse=True)
def _no_fsync() -> Iterator[None]:
    """Temporary files need not survive a power failure, and waiting for the disk would take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session")
def fitted(corpus: Corpus) -> Fitted:
    """A function that returns a small fitted model: `fitted("gpt", steps=10)` is CONFIGS["gpt"] with 10 steps.

    It fits each config once and returns a new copy each time, so a test may change its model.
    """
    kept: dict[str, AnyModel] = {}

    def model(name: str, **changes: Any) -> AnyModel:
        values = CONFIGS[name] | changes
        key = json.dumps(values, sort_keys=True)
        if key not in kept:
            kept[key], _ = fit_any(name, values, corpus)
        return copy.deepcopy(kept[key])

    return model


@pytest.fixture
def saved_corpus(corpus: Corpus, tmp_path: Path) -> Path:
    """A folder with `corpus` in the files that prepare writes."""
    save_corpus(corpus, tmp_path / "corpus")
    return tmp_path / "corpus"


TRAINED = ("count", "gpt")  # of the variants in the fixture `project`
LOSSES = {"nll": 2.5, "bits_per_char": 3.6, "perplexity": 12.2, "n_tokens": 9}


@pytest.fixture
def project(corpus: Corpus, fitted: Fitted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a project with two trained variants, and a third that is not; it is the current folder."""
    monkeypatch.chdir(tmp_path)
    variants = {name: CONFIGS[name] for name in (*TRAINED, "mlp")}
    write_json(PARAMS_FILE, PARAMS.model_dump() | {"variants": variants, "ensembles": {}})  # JSON is YAML
    save_corpus(corpus, CORPUS)
    for name in TRAINED:
        model = fitted(name)
        catalog.save(model, MODELS / name)
        write_json(
            METRICS / f"{name}.json",
            {"model": name, "n_params": model.n_params, "train": LOSSES, "dev": LOSSES, "test": None},
        )
    return tmp_path
