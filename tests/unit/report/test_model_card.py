"""The model card: metadata that YAML reads back, and text in which values are not markup."""

import html
import math
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from makemore.report.croissant import DataSet
from makemore.report.model_card import model_card
from makemore.report.stage_outputs import Result
from makemore.statistics.ranking import Ranking
from tests.conftest import PARAMS
from tests.unit.report.conftest import MakeResult, Tell, data_card

Card = Callable[..., tuple[dict[str, Any], str]]
DATA = DataSet.model_validate(
    {
        "name": "given-names",
        "description": "Names <b>of</b>\n# people.",
        "license": "https://spdx.org/licenses/CC-BY-4.0.html",
        "inLanguage": "en",
        "rai:dataBiases": "Few *long* ones.",
        "distribution": [],
    }
)


@pytest.fixture
def card(tell: Tell) -> Card:
    """A function from results, and the other arguments of `tell`, to the metadata and the text of the card."""

    def write(
        results: list[Result], data: DataSet | None = None, path: str = PARAMS.data.path, **options: Any
    ) -> tuple[dict[str, Any], str]:
        params = PARAMS.model_copy(update={"data": PARAMS.data.model_copy(update={"path": path})})
        written = model_card(tell(results, **options), params, data)
        start, metadata, text = written.split("---\n", 2)
        assert start == ""
        return yaml.safe_load(metadata), text

    return write


def test_card_is_about_the_best_variant(make_result: MakeResult, card: Card) -> None:
    metadata, text = card([make_result("worse", "count", dev=2.5), make_result("better", "gpt", dev=2.0)])
    assert metadata["model-index"][0]["name"] == "better"
    assert text.startswith("# Model card: better\n")
    assert "Of 2 variants, better has the lowest loss on the dev names." in text
    assert "GPT: a decoder-only transformer" in text
    assert "reaches 2.5000 on dev" in text
    assert "makemore sample better -n 5" in text
    assert "| n&#95;layer | 2 |" in text or "| n_layer | 2 |" in text
    assert "| compute.arithmetic | exact |" in text


def test_variants_that_cannot_be_told_apart_are_named(make_result: MakeResult, card: Card) -> None:
    results = [make_result("a", dev=2.0), make_result("b", dev=2.1), make_result("c", dev=2.2)]
    _, text = card(results, ranking=Ranking([["a", "b", "c"]], []))
    assert "On these names it cannot be told apart from b, c." in text
    assert "cannot be told apart" not in card(results)[1]
    assert "variants" not in card(results[:1])[1].partition("## What it is")[0]


def test_losses_and_their_intervals(make_result: MakeResult, card: Card) -> None:
    metadata, text = card([make_result("mine", dev=math.log(4), interval=(1.25, 1.5))])
    assert "| dev | 1.3863 | 1.250 to 1.500 | 2.000 | 4.000 |" in text
    assert "| test | 2.5000 | – |" in text
    dev, test = metadata["model-index"][0]["results"]
    assert dev["dataset"] == {"name": "names.txt", "type": "names", "split": "dev"}
    assert test["dataset"]["split"] == "test"
    assert dev["metrics"] == [
        {"type": "nll", "name": "nats per symbol", "value": 1.3863},
        {"type": "perplexity", "value": 4.0},
    ]


def test_missing_and_infinite_losses(make_result: MakeResult, card: Card) -> None:
    metadata, text = card([make_result("mine", "count", dev=math.inf, test=None)])
    assert "| dev | ∞ | – | ∞ | ∞ |" in text
    assert "| test |" not in text
    assert metadata["model-index"][0]["results"] == []


def test_described_data(make_result: MakeResult, card: Card) -> None:
    metadata, text = card([make_result("mine")], DATA)
    assert (metadata["license"], metadata["language"]) == ("cc-by-4.0", "en")
    assert metadata["model-index"][0]["results"][0]["dataset"]["name"] == "given-names"
    assert "\nNames &#60;b&#62;of&#60;/b&#62; # people.\n" in text
    assert "- **Biases of the data.** Few &#42;long&#42; ones.\n" in text
    assert "The licence of the data is CC-BY-4.0; use the weights under its terms too." in text
    # A licence that is not in SPDX is a link.
    metadata, text = card([make_result("mine")], DATA.model_copy(update={"license": "https://example.org/terms"}))
    assert (metadata["license"], metadata["license_link"]) == ("other", "https://example.org/terms")
    assert "The licence of the data is https://example.org/terms;" in text


def test_data_of_unknown_origin(make_result: MakeResult, card: Card) -> None:
    metadata, text = card([make_result("mine")], path="mine.txt")
    assert metadata["license"] == "unknown"
    assert "language" not in metadata
    assert "from `mine.txt`." in text
    assert "datasets/croissant.json does not describe this file" in text
    assert "The licence of the data is not known here" in text


@pytest.mark.parametrize("path", ["<b>.txt", "`a``b.txt", "a: [b]\u2028- c", "---", "#|*_.txt", "李娜/né.txt"])
def test_path_of_the_data_is_only_text(make_result: MakeResult, card: Card, path: str) -> None:
    metadata, text = card([make_result("mine")], path=f"data/{path}")
    assert metadata["model-index"][0]["results"][0]["dataset"]["name"] == path.rsplit("/", maxsplit=1)[-1]
    shown = " ".join(f"data/{path}".split())
    (line,) = [line for line in text.splitlines() if shown in line]
    ticks = "```" if "``" in path else "`"
    assert f" from {ticks}" in line
    assert line.endswith(f"{ticks}.")


def test_names_that_are_in_two_splits_get_a_warning(make_result: MakeResult, card: Card) -> None:
    assert "3 dev and 0 test names also occur in train" in card([make_result("mine")], card=data_card(leaking=3))[1]
    assert "also occur in train" not in card([make_result("mine")])[1]


def test_every_sampled_name_is_only_text(make_result: MakeResult, card: Card) -> None:
    names = ("<script>", "[a](b)", "*b*", "# a", "", "Zoë")
    _, text = card([make_result("mine", names=names)])
    assert "Of 6 names that it invented, 25.0% are not in the data, and 100.0% are distinct:" in text
    assert "75.0% of those above are in the data" in " ".join(text.split())
    (line,) = [line for line in text.splitlines() if "Zoë" in line]
    assert html.unescape(line) == "<script>, [a](b), *b*, # a, (empty), Zoë."


def test_path_of_a_user_is_not_shown(make_result: MakeResult, card: Card) -> None:
    assert "from `datasets/mine.txt`." in card([make_result("mine")], path="datasets/mine.txt")[1]
    text = card([make_result("mine")], path="/home/josé/mine.txt")[1]
    assert "from `mine.txt`." in text
    assert "josé" not in text
