"""The corpus in a few numbers."""

import pytest

from makemore.report.names import MOST_BARS, alphabet, lengths, mean_length


def test_lengths_are_put_together_if_there_are_many() -> None:
    card = {"lengths": {"3": 2, "5": 4}, "lines": 6}
    assert [(bar.label, bar.number, bar.share) for bar in lengths(card)] == [("3", 2, 0.5), ("4", 0, 0), ("5", 4, 1)]
    assert mean_length(card) == pytest.approx(26 / 6)
    bars = lengths({"lengths": {str(length): 1 for length in range(1, 101)}})
    assert len(bars) == MOST_BARS
    assert (bars[0].label, bars[0].number, bars[-1].label) == ("1-5", 5, "96-100")


def test_most_frequent_characters_come_first() -> None:
    bars = alphabet({"characters": {"b": 2, " ": 2, "a": 1, "\u0301": 4}})
    assert [(bar.label, bar.number) for bar in bars] == [("◌\u0301", 4), ("␣", 2), ("b", 2), ("a", 1)]
