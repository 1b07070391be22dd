"""The most and least likely names, compared with a sorted list of all of them."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from makemore.corpus import split_names
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import encode_names
from makemore.corpus.vocabulary import Vocabulary
from makemore.evaluation import Extremes, likelihood, score
from makemore.evaluation.losses import BatchLosses
from tests.unit.conftest import Fitted

VOCABULARY = Vocabulary((".", "a", "b", "c"))
NAMES = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=20)


@given(batches=st.lists(NAMES, max_size=6), count=st.integers(0, 8))
def test_they_are_the_ends_of_the_sorted_list(batches: list[list[str]], count: int) -> None:
    """The loss of a name is a function of it with many ties, and is infinite for some."""
    nll = {
        name: math.inf if name == "cc" else float(name.count("a") + len(name) % 2) for part in batches for name in part
    }
    extremes = Extremes(VOCABULARY, count)
    for names in batches:
        part = encode_names(names, VOCABULARY)
        per_symbol = np.repeat([nll[name] for name in names], part.lengths)
        extremes.add(BatchLosses(part, part.positions(), torch.from_numpy(per_symbol)))
    ranked = sorted(nll.items(), key=lambda item: item[::-1])
    found = extremes.found()
    assert list(found.most_likely.items()) == ranked[:count]
    assert list(found.least_likely.items()) == ranked[::-1][:count]


def test_they_are_distinct_names_of_the_split(fitted: Fitted, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_names, "BATCH_NAMES", 4)
    model, names = fitted("count"), corpus.decoded("train")
    assert names.count("emma") == 2
    nll = dict(zip(names, score(model, names), strict=True))
    extremes = Extremes(corpus.vocabulary, 3)
    likelihood(model, corpus.names["train"], extremes.add)
    assert list(extremes.found().most_likely.items()) == sorted(nll.items(), key=lambda item: item[1])[:3]
    assert list(extremes.found().least_likely.items()) == sorted(nll.items(), key=lambda item: -item[1])[:3]
