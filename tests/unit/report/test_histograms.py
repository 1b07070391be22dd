"""The corpus as bars."""

import pytest

from makemore.report.histograms import MOST_BARS, alphabet, lengths
from tests.unit.report.conftest import data_card


def test_lengths_are_put_together_if_there_are_many() -> None:
    card = data_card()
    assert card.mean_length == pytest.approx(50 / 14)
    assert [(bar.label, bar.number, bar.share) for bar in lengths(card)] == [("3", 10, 1), ("4", 0, 0), ("5", 4, 0.4)]
    bars = lengths(card.model_copy(update={"lengths": {str(length): 1 for length in range(1, 101)}}))
    assert len(bars) == MOST_BARS
    assert (bars[0].label, bars[0].number, bars[-1].label) == ("1-5", 5, "96-100")


def test_most_frequent_characters_come_first() -> None:
    card = data_card().model_copy(update={"characters": {"b": 2, " ": 2, "a": 1, "\u0301": 4}})
    assert [(bar.label, bar.number) for bar in alphabet(card)] == [("◌\u0301", 4), ("␣", 2), ("b", 2), ("a", 1)]
