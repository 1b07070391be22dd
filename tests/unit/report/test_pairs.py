"""The pairs of symbols: counts, the two tables, and how far apart they are."""

import pytest
import torch

from makemore.corpus.corpus import Corpus
from makemore.report.charts.heat_maps import difference_map, table_map
from makemore.report.pairs import MOST_SYMBOLS, Pairs
from tests.unit.report.conftest import MakeResult


def test_tables_are_those_of_the_best_counting_and_the_best_learning_variant(
    make_result: MakeResult, corpus: Corpus
) -> None:
    results = [make_result(name, name) for name in ("gpt", "bigram", "count")] + [make_result("worse", "count")]
    pairs = Pairs.of(results, corpus)
    assert pairs.counts.tolist() == corpus.bigrams.tolist()
    assert pairs.symbols == list(corpus.vocabulary.symbols)
    every = torch.arange(len(corpus.vocabulary)).unsqueeze(1)
    for result, table in ((results[2], pairs.counted), (results[1], pairs.learned)):
        assert table is not None
        assert table.variant == result.variant
        assert torch.allclose(table.probabilities, result.model(every)[:, 0].double().softmax(dim=-1))


def test_sentence_says_how_far_apart_the_tables_are(make_result: MakeResult, corpus: Corpus) -> None:
    pairs = Pairs.of([make_result("bigram", "bigram"), make_result("count", "count")], corpus)
    assert pairs.difference is not None
    distance = pairs.difference.abs()
    weighted = sum(
        count * distance[i, j].item() for i, row in enumerate(pairs.counts.tolist()) for j, count in enumerate(row)
    ) / int(pairs.counts.sum())
    row = int(distance.max(dim=1).values.argmax())
    assert f"differ by {100 * weighted:.2f} percentage points" in pairs.sentence
    assert f"most, by {100 * distance.max():.1f} points" in pairs.sentence
    assert f"“{pairs.symbols[row]}”, which occurs {int(pairs.counts[row].sum())} times" in pairs.sentence
    assert Pairs.of([make_result("count", "count")], corpus).sentence == ""


def test_most_frequent_pairs(make_result: MakeResult, corpus: Corpus) -> None:
    pairs = Pairs.of([make_result("count", "count")], corpus)
    counts = sorted(corpus.bigrams.flatten().tolist(), reverse=True)
    assert [count for _, _, count, _ in pairs.most_frequent(5)] == counts[:5]
    assert pairs.counted is not None
    for current, following, count, (probability,) in pairs.most_frequent(10**6):
        i, j = pairs.symbols.index(current), pairs.symbols.index(following)
        assert count == corpus.bigrams[i, j] > 0
        assert probability == pytest.approx(pairs.counted.probabilities[i, j].item())


def test_large_vocabulary_shows_the_most_frequent_symbols(make_result: MakeResult) -> None:
    frequent = [chr(0x100 + number) for number in range(MOST_SYMBOLS - 1)]  # and the end marker
    rare = [chr(0x4E00 + number) for number in range(5)]
    corpus = Corpus.of({"train": [*frequent, *frequent, *rare], "dev": frequent, "test": []}, ".")
    pairs = Pairs.of([make_result("uniform")], corpus)
    assert pairs.symbols == [".", *frequent]
    assert pairs.vocabulary == MOST_SYMBOLS + 5
    assert pairs.counts.sum() == 2 * 2 * len(frequent)
    assert table_map(pairs, pairs.counted) is difference_map(pairs) is None
