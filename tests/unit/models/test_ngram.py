"""Modified Kneser-Ney smoothing: the tables, compared with the formulas written out with dictionaries."""

import math
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.corpus import split_names
from makemore.corpus.corpus import Corpus
from makemore.models import ngram
from makemore.models.base import catalog, ngrams

Context = tuple[int, ...]
NAMES = st.lists(st.text(alphabet="abc", max_size=5).filter(bool), min_size=1, max_size=30)


def fit(corpus: Corpus, order: int) -> catalog.AnyModel:
    config = catalog.parse_config("ngram", {"model": "ngram", "order": order})
    model = catalog.build(config, corpus.vocabulary, corpus.longest)
    model.fit(corpus)
    return model


class Literal:
    """The formulas of Chen & Goodman, one n-gram at a time. An n-gram is a context and the symbol after it."""

    def __init__(self, names: list[list[int]], order: int, vocab_size: int) -> None:
        self.vocab_size = vocab_size
        raw: Counter[tuple[Context, int]] = Counter()
        for name in names:
            text = [0] * (order - 1) + [*name, 0]
            for t in range(order - 1, len(text)):
                raw[tuple(text[t - order + 1 : t]), text[t]] += 1
        self.levels = [raw]  # in the end one for each length of context: 0, 1, ..., order - 1
        for _ in range(order - 1):
            shorter: Counter[tuple[Context, int]] = Counter()
            for context, symbol in self.levels[0]:  # each n-gram once: one for each symbol before the shorter one
                shorter[context[1:], symbol] += 1
            self.levels.insert(0, shorter)
        self.discounts = [self.estimate(level) for level in self.levels]

    @staticmethod
    def estimate(level: Counter[tuple[Context, int]]) -> list[float]:
        n = [sum(count == i for count in level.values()) for i in range(5)]
        if 0 in n[1:]:
            return [0, 0.5, 1, 1.5]
        y = n[1] / (n[1] + 2 * n[2])
        found = [0, 1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]]
        return [0, 0.5, 1, 1.5] if any(discount <= 0 for discount in found[1:]) else found

    def probability(self, context: Context, symbol: int) -> float:
        lower = self.probability(context[1:], symbol) if context else 1 / self.vocab_size
        level, discount = self.levels[len(context)], self.discounts[len(context)]
        counts = [count for (before, _), count in level.items() if before == context]
        if not counts:
            return lower
        count = level[context, symbol]
        given = sum(discount[min(c, 3)] for c in counts)
        return (count - discount[min(count, 3)] + given * lower) / sum(counts)


@settings(max_examples=50)
@given(names=NAMES, order=st.integers(1, 7), data=st.data())
def test_probabilities_follow_the_formulas(names: list[str], order: int, data: st.DataObject) -> None:
    corpus = Corpus.of({"train": names, "dev": [], "test": []}, ".")
    model, size = fit(corpus, order), len(corpus.vocabulary)
    limit = data.draw(st.sampled_from([2**20, 7]))
    literal = Literal([corpus.vocabulary.encode(name) for name in names], order, size)
    tokens = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=8))  # contexts of train and others
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ngram, "PROBABILITIES_AT_A_TIME", limit)
        found = model(torch.tensor([tokens]))[0].exp().tolist()
    for t in range(len(tokens)):
        context = tuple(([0] * order + tokens)[t + 2 : t + order + 1])  # the last order - 1 up to t
        expected = [literal.probability(context, symbol) for symbol in range(size)]
        assert found[t] == pytest.approx(expected, rel=1e-5)


@settings(max_examples=50)
@given(names=NAMES, order=st.integers(1, 20))
def test_every_distribution_sums_to_one_and_has_no_zeros(names: list[str], order: int) -> None:
    corpus = Corpus.of({"train": names, "dev": [], "test": []}, ".")
    tokens = torch.randint(len(corpus.vocabulary), (3, 30), generator=torch.Generator().manual_seed(0))
    probabilities = fit(corpus, order)(tokens).double().exp()
    assert probabilities.sum(dim=-1).allclose(torch.tensor(1.0, dtype=torch.float64), atol=1e-5)
    assert probabilities.min() > 0


def test_discounts_of_a_large_level_are_estimated() -> None:
    """n1 = 10, n2 = 6, n3 = 4, n4 = 3: Y = 5 / 11."""
    counts = torch.tensor([1] * 10 + [2] * 6 + [3] * 4 + [4] * 3 + [9])
    assert ngram._discounts(counts) == pytest.approx([0, 1 - 6 / 11, 2 - 10 / 11, 3 - 15 / 11])


@pytest.mark.parametrize(
    "counts",
    [[1], [5, 6], [1, 2, 3], [2, 3, 4], [1] * 10 + [2] + [3] * 9 + [4]],
    ids=["n1", "none", "n4", "n1=0", "D2<0"],
)
def test_discounts_of_a_small_level_are_fixed(counts: list[int]) -> None:
    assert ngram._discounts(torch.tensor(counts)) == [0, 0.5, 1, 1.5]


def test_codes_of_long_contexts_over_many_symbols_do_not_overflow() -> None:
    """As one number, 60 symbols from a vocabulary of 1,000 would need 598 bits."""
    symbols = [chr(code) for code in range(0x4E00, 0x4E00 + 1000)]
    names = ["".join(symbols[start : start + 60]) for start in range(0, 1000, 50)]
    corpus = Corpus.of({"train": names, "dev": [], "test": []}, ".")
    model = fit(corpus, 61)
    assert model.state_dict()["grams"].min() >= 0
    rows = corpus.names["train"].tensor()[:2, :-1]
    log_probs = model(rows).double()  # each context except the first was followed by only one symbol
    right = log_probs.gather(-1, corpus.names["train"].tensor()[:2, 1:].unsqueeze(-1)).exp()
    assert right[:, 1:].min() > 0.5
    assert log_probs.exp().sum(dim=-1).sub(1).abs().max() < 1e-4


def test_tables_of_any_size_can_be_loaded(tmp_path: Path) -> None:
    for names in (["a"], ["anna", "hanna", "ann"]):
        model = fit(Corpus.of({"train": names, "dev": [], "test": []}, "."), 3)
        catalog.save(model, tmp_path)
        loaded = catalog.load(tmp_path)
        tables = loaded.state_dict()
        assert all(torch.equal(tables[name], table) for name, table in model.state_dict().items())


def test_probability_computed_by_hand() -> None:
    """Order 2: b followed `a` once and c twice, so a(a) = 3; D = 0.5 and 1, because the level is too small."""
    names = ["ab", "ac", "ac"]
    model = fit(Corpus.of({"train": names, "dev": [], "test": []}, "."), 2)
    # Level 0 counts predecessors: b and c of `.`, only `.` of a, only a of b and c: 2 + 1 + 1 + 1 = 5
    g = (1 + 3 * 0.5) / 5
    c = (1 - 0.5) / 5 + g / 4
    expected = (2 - 1) / 3 + (0.5 + 1) / 3 * c
    assert math.exp(model(torch.tensor([[1]]))[0, 0, 3].item()) == pytest.approx(expected)


@settings(max_examples=50)
@given(names=NAMES, order=st.integers(1, 7), size=st.integers(1, 9), limit=st.sampled_from([2**63, 2**6, 2**4]))
def test_ngrams_are_those_of_a_loop(names: list[str], order: int, size: int, limit: int) -> None:
    """Whatever the chunks are, and however many numbers the symbols of an n-gram are packed into."""
    corpus = Corpus.of({"train": names, "dev": [], "test": []}, ".")
    expected: Counter[tuple[int, ...]] = Counter()
    for name in names:
        text = [0] * (order - 1) + [*corpus.vocabulary.encode(name), 0]
        expected.update(tuple(text[end - order : end]) for end in range(order, len(text) + 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(split_names, "BATCH_NAMES", size)
        patch.setattr(ngrams, "LARGEST", limit)
        symbols, counts = ngrams.count_ngrams(corpus.names["train"], order, len(corpus.vocabulary))
    found = list(zip(*(column.tolist() for column in symbols), strict=True))
    assert found == sorted(found)
    assert dict(zip(found, counts.tolist(), strict=True)) == expected
