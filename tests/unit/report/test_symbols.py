"""Symbols that can be seen, and names in their direction."""

from makemore.corpus.vocabulary import Vocabulary
from makemore.report.symbols import direction, shown_symbols


def test_symbols_can_be_seen_and_names_have_a_direction() -> None:
    assert shown_symbols(Vocabulary((".", " ", "a", "\u0301", "\u3000"))) == [".", "␣", "a", "◌\u0301", "␣"]
    assert [direction(name) for name in ("emma", "عمر", "12 عمر", "12", "", "李娜", "דוד", "a عمر")] == [
        *("ltr", "rtl", "rtl", "ltr", "ltr", "ltr", "rtl", "ltr"),
    ]
