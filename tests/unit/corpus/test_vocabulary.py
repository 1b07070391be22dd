"""Symbols and tokens."""

import pytest
from hypothesis import given

from makemore.core.errors import UserError
from makemore.corpus.vocabulary import Vocabulary
from tests.unit.corpus.strategies import NAMES


@given(NAMES)
def test_decoding_inverts_encoding(names: list[str]) -> None:
    vocabulary = Vocabulary.of(names, ".")
    for name in names:
        assert vocabulary.decode(vocabulary.encode(name)) == name


@given(NAMES)
def test_symbols_are_the_end_marker_and_the_sorted_characters(names: list[str]) -> None:
    assert Vocabulary.of(names, ".").symbols == (".", *sorted(set("".join(names))))


def test_decoding_stops_at_the_first_end_marker() -> None:
    assert Vocabulary((".", "a", "b")).decode([1, 2, 0, 1, 0]) == "ab"


@pytest.mark.parametrize(("text", "unknown"), [("emx", "x"), ("e.", "."), ("e\n", r"\\n")])
def test_unknown_characters_are_refused(text: str, unknown: str) -> None:
    with pytest.raises(UserError, match=rf"'{unknown}' is not in the vocabulary \(aem\)"):
        Vocabulary.of(["emma"], ".").encode(text)


def test_error_lists_at_most_40_symbols() -> None:
    symbols = [chr(code) for code in range(0x4E00, 0x4E00 + 41)]
    for count, listed in ((40, "".join(symbols[:40])), (41, "".join(symbols[:40]) + "...")):
        with pytest.raises(UserError) as error:
            Vocabulary((".", *symbols[:count])).encode("x")
        assert str(error.value) == f"'x': 'x' is not in the vocabulary ({listed})"


def test_text_is_normalised_before_it_is_encoded() -> None:
    vocabulary = Vocabulary.of(["zoë"], ".")
    assert vocabulary.encode("zoe\u0308") == vocabulary.encode("zoë")
