"""What is random or hashed has the distribution that it should: coverage of intervals, uniformity, independence."""

import math
import sys
import unicodedata
from collections import Counter

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from makemore.corpus.corpus import Corpus
from makemore.corpus.permutation import permuted
from makemore.models.base.catalog import parse_config
from makemore.preparation.text import may_change
from makemore.sampling import sample
from makemore.statistics.bootstrap import FEWEST_NAMES, Bootstrap, interval
from makemore.statistics.ranking import Losses
from makemore.training.fit import fit
from tests.conftest import CONFIGS, PARAMS
from tests.unit.corpus.test_hashing import hashes_of
from tests.unit.statistics.test_bootstrap import population
from tests.unit.statistics.test_ranking import SYMBOLS, shifted


@pytest.mark.parametrize(("names", "least", "most"), [(200, 0.92, 0.98), (FEWEST_NAMES, 0.88, 0.98)])
def test_intervals_cover_the_truth(names: int, least: float, most: float) -> None:
    """95% of the intervals of 300 samples contain the loss of the population, within 2.5 standard errors of 1.26%.

    With very few names, the intervals are a little too narrow.
    """
    nll, symbols = population(100_000, seed=3)
    truth, random, covered = nll.sum() / symbols.sum(), np.random.default_rng(4), 0
    for _ in range(300):
        chosen = random.integers(0, len(nll), names)
        low, high = interval(Bootstrap(symbols[chosen]).draw(nll[chosen, None])[:, 0])
        covered += low <= truth <= high
    assert least <= covered / 300 <= most


def test_interval_of_a_difference_of_equal_variants_covers_zero() -> None:
    """In 95% of cases: here in 200 pairs of variants that differ by noise only."""
    told_apart = 0
    for seed in range(200):
        losses = Losses({"a": shifted(0.0, seed=2 * seed), "b": shifted(0.0, seed=2 * seed + 1)}, SYMBOLS)
        told_apart += losses.difference("a", "b").verdict != "cannot tell"
    assert 2 <= told_apart <= 20


def test_first_symbols_have_the_probabilities_of_the_model(corpus: Corpus) -> None:
    count, _ = fit(parse_config("count", CONFIGS["count"]), corpus, "count")
    names = sample(count, PARAMS.sample.model_copy(update={"names": 20_000, "batch_size": 4_000}))
    probabilities = count(torch.tensor([[0]]))[0, 0].softmax(0).tolist()
    found = Counter(name[:1] for name in names)
    for symbol, probability in zip(count.vocabulary.symbols[1:], probabilities[1:], strict=True):
        assert found[symbol] / len(names) == pytest.approx(probability, abs=0.015)


NUMBERS = [str(number).encode() for number in range(50_000)]  # similar texts are the hardest


def excess(table: NDArray[np.int64]) -> float:
    """By how many standard deviations chi-square exceeds its expectation, if all cells are equally likely."""
    degrees = table.size - 1
    chi_square = float(((table - table.mean()) ** 2 / table.mean()).sum())
    return (chi_square - degrees) / math.sqrt(2 * degrees)


@pytest.mark.parametrize("seed", [0, 1, 2, 2**62])
def test_hashes_are_uniform(seed: int) -> None:
    first = hashes_of(NUMBERS, seed) >> np.uint64(56)
    assert abs(excess(np.bincount(first.astype(np.int64), minlength=256))) < 4


@pytest.mark.parametrize("seeds", [(0, 1), (1, 2), (1, 3), (7, 8), (1, 2**40), (2, 2**63 - 1)])
def test_hashes_with_different_seeds_are_independent(seeds: tuple[int, int]) -> None:
    first, second = ((hashes_of(NUMBERS, seed) >> np.uint64(60)).astype(np.int64) for seed in seeds)
    assert abs(excess(np.bincount(first * 16 + second, minlength=256))) < 4


@pytest.mark.parametrize("count", [2, 3, 7, 50, 1000, 6939])
def test_every_number_is_equally_likely_everywhere(count: int) -> None:
    """The place of one number, and that of the next, over many keys: chi-square in up to 16 by 16 cells."""
    keys, cells = 4000, min(count, 16)
    found = np.array([permuted(np.array([0, count - 1]), count, key) * cells // count for key in range(keys)])
    size = np.bincount(np.arange(count) * cells // count) / count
    for column in found.T:
        expected = keys * size
        chi_square = ((np.bincount(column, minlength=cells) - expected) ** 2 / expected).sum()
        assert chi_square < cells - 1 + 4 * (2 * max(1, cells - 1)) ** 0.5


def test_orders_of_two_keys_are_unrelated() -> None:
    first, second = (permuted(np.arange(10_000), 10_000, key) for key in (1, 2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.04
    assert abs(np.corrcoef(first, np.arange(10_000))[0, 1]) < 0.04
    assert abs(np.corrcoef(first[1:], first[:-1])[0, 1]) < 0.04


def test_only_characters_that_may_change_change_when_names_are_normalised() -> None:
    """Normal form C composes what decomposes, and no other characters: the second of a pair must be one that may."""
    for code in range(sys.maxunicode + 1):
        first, _, second = unicodedata.decomposition(chr(code)).partition(" ")
        if first and not first.startswith("<"):
            composed = unicodedata.normalize("NFC", chr(code)) == chr(code)
            assert composed or may_change(code)
            assert not second or may_change(int(second, 16))
        assert not unicodedata.combining(chr(code)) or may_change(code)
