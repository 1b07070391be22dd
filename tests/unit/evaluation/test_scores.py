"""The losses of single symbols add up to those of names, which `score` computes."""

import pytest

from makemore.core.errors import UserError
from makemore.evaluation import score, score_symbols
from tests.unit.conftest import Fitted


@pytest.mark.parametrize("model", ["count", "ngram", "mlp", "gpt"])
def test_costs_of_symbols_are_those_of_the_names(fitted: Fitted, model: str) -> None:
    names = ["emma", "zoe", "", "max", "emma"]
    costs = score_symbols(fitted(model), names)
    assert [len(each) for each in costs] == [len(name) + 1 for name in names]
    assert [sum(each) / len(each) for each in costs] == pytest.approx(score(fitted(model), names))


def test_unknown_characters_are_errors(fitted: Fitted) -> None:
    with pytest.raises(UserError, match="'Q' is not in the vocabulary"):
        score_symbols(fitted("count"), ["emma", "Q"])


def test_no_names_have_no_costs(fitted: Fitted) -> None:
    assert score_symbols(fitted("count"), []) == []
    assert score(fitted("count"), []) == []
