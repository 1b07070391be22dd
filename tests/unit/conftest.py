"""What several unit tests share."""

import copy
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from makemore.core.bigrams import save_bigrams
from makemore.core.corpus import Corpus
from makemore.core.files import write_json
from makemore.core.layout import BIGRAMS_FILE, CARD_FILE, VOCABULARY_FILE, part_file
from makemore.core.parts import save_part
from makemore.models.base.catalog import AnyModel, parse_config
from makemore.training.fit import fit
from tests.conftest import CONFIGS

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
            kept[key], _ = fit(parse_config(name, values), corpus, name)
        return copy.deepcopy(kept[key])

    return model


@pytest.fixture
def saved_corpus(corpus: Corpus, tmp_path: Path) -> Path:
    """A folder with `corpus` in the files that prepare writes."""
    folder, size = tmp_path / "corpus", len(corpus.vocabulary)
    splits = {}
    for split, rows in corpus.rows.items():
        for number, part in enumerate(rows.parts()):
            save_part(folder / part_file(split, number), part.tokens, part.lengths)
        splits[split] = {"words": len(rows), "distinct": len(rows), "tokens": rows.symbols, "words_also_in_train": 0}
    write_json(folder / VOCABULARY_FILE, list(corpus.vocabulary.symbols))
    save_bigrams(folder / BIGRAMS_FILE, corpus.bigram_tally, size)
    write_json(folder / CARD_FILE, {"lines": 14, "distinct": 13, "characters": {}, "lengths": {}, "splits": splits})
    return folder
