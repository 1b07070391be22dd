"""The model card: metadata that YAML reads back, and text in which values are not markup."""

import html
import math
from typing import Any

import pytest
import yaml

from makemore.core.params import Params
from makemore.report.card import model_card
from makemore.report.dataset import DataSet
from makemore.report.results import Result
from makemore.statistics.ranking import Ranking
from tests.conftest import PARAMS
from tests.unit.report.conftest import CARD, MakeResult, ranked

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


def carded(results: list[Result], data: DataSet | None = None, ranking: Ranking | None = None, **changes: Any) -> str:
    """The card of these results."""
    path = changes.pop("path", PARAMS.data.path)
    params: Params = PARAMS.model_copy(update={"data": PARAMS.data.model_copy(update={"path": path})})
    return model_card(results, ranking or ranked(results), CARD | changes, params, data)


def parts(card: str) -> tuple[dict[str, Any], str]:
    """The metadata and the text."""
    start, metadata, text = card.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(metadata), text


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def test_card_is_about_the_best_variant(make_result: MakeResult) -> None:
    results = [make_result("worse", "count", dev=2.5), make_result("better", "gpt", dev=2.0)]
    metadata, text = parts(carded(results))
    assert metadata["model-index"][0]["name"] == "better"
    assert text.startswith("# Model card: better\n")
    assert "Of 2 variants, better has the lowest loss on the dev names." in text
    assert "GPT: a decoder-only transformer" in text
    assert "reaches 2.5000 on dev" in text
    assert "makemore sample better -n 5" in text


def test_variants_that_cannot_be_told_apart_are_named(make_result: MakeResult) -> None:
    results = [make_result("a", dev=2.0), make_result("b", dev=2.1), make_result("c", dev=2.2)]
    text = carded(results, ranking=Ranking([["a", "b", "c"]], []))
    assert "On these names it cannot be told apart from b, c." in text
    assert "cannot be told apart" not in carded(results)
    assert "variants" not in carded(results[:1]).partition("## What it is")[0]


def test_losses_and_their_intervals(make_result: MakeResult) -> None:
    result = make_result("mine", dev=math.log(4))
    result.metrics["dev"] |= {"nll_low": 1.25, "nll_high": 1.5}
    metadata, text = parts(carded([result]))
    assert "| dev | 1.3863 | 1.250 to 1.500 | 2.000 | 4.000 |" in text
    assert "| test | 2.5000 | – |" in text
    dev, test = metadata["model-index"][0]["results"]
    assert (dev["dataset"], test["dataset"]["split"]) == (
        {"name": "names.txt", "type": "names", "split": "dev"},
        "test",
    )
    assert dev["metrics"] == [
        {"type": "nll", "name": "nats per symbol", "value": 1.3863},
        {"type": "perplexity", "value": 4.0},
    ]


def test_missing_and_infinite_losses(make_result: MakeResult) -> None:
    metadata, text = parts(carded([make_result("mine", "count", dev=math.inf, test=None)]))
    assert "| dev | ∞ | – | ∞ | ∞ |" in text
    assert "| test |" not in text
    assert metadata["model-index"][0]["results"] == []


def test_samples_and_their_statistics(make_result: MakeResult) -> None:
    text = in_one_line(carded([make_result("mine", names=("ann", "a|b"))]))
    assert "Of 2 names that it invented, 25.0% are not in the data, and 100.0% are distinct: ann, a&#124;b." in text
    assert "75.0% of those above are in the data" in text


def test_described_data(make_result: MakeResult) -> None:
    metadata, text = parts(carded([make_result("mine")], DATA))
    assert (metadata["license"], metadata["language"]) == ("cc-by-4.0", "en")
    assert metadata["model-index"][0]["results"][0]["dataset"]["name"] == "given-names"
    assert "\nNames &#60;b&#62;of&#60;/b&#62; # people.\n" in text
    assert "- **Biases of the data.** Few &#42;long&#42; ones.\n" in text
    assert "The licence of the data is CC-BY-4.0; use the weights under its terms too." in text


def test_licence_that_is_not_in_spdx_is_a_link(make_result: MakeResult) -> None:
    own = DATA.model_copy(update={"license": "https://example.org/terms"})
    metadata, text = parts(carded([make_result("mine")], own))
    assert metadata["license"] == "other"
    assert metadata["license_link"] == "https://example.org/terms"
    assert "The licence of the data is https://example.org/terms;" in text


def test_data_of_unknown_origin(make_result: MakeResult) -> None:
    metadata, text = parts(carded([make_result("mine")], path="mine.txt"))
    assert metadata["license"] == "unknown"
    assert "language" not in metadata
    assert "from `mine.txt`." in text
    assert "datasets/croissant.json does not describe this file" in text
    assert "The licence of the data is not known here" in text


@pytest.mark.parametrize("path", ["<b>.txt", "`a``b.txt", "a: [b]\u2028- c", "---", "#|*_.txt", "李娜/né.txt"])
def test_path_of_the_data_is_only_text(make_result: MakeResult, path: str) -> None:
    metadata, text = parts(carded([make_result("mine")], path=f"data/{path}"))
    assert metadata["model-index"][0]["results"][0]["dataset"]["name"] == path.rsplit("/", maxsplit=1)[-1]
    shown = " ".join(f"data/{path}".split())
    (line,) = [line for line in text.splitlines() if shown in line]
    ticks = "```" if "``" in path else "`"
    assert f" from {ticks}" in line
    assert line.endswith(f"{ticks}.")


def test_parameters_of_training_and_of_the_computer(make_result: MakeResult) -> None:
    text = carded([make_result("mine", "gpt")])
    assert "| n&#95;layer | 2 |" in text or "| n_layer | 2 |" in text
    assert "| compute.torch | 2.13.0 |" in text
    assert "| compute.determinism | portable |" in text


def test_names_that_are_in_two_splits_get_a_warning(make_result: MakeResult) -> None:
    leaking = CARD["splits"] | {"dev": {"words": 5, "words_also_in_train": 3}}
    assert "3 dev and 0 test names also occur in train" in carded([make_result("mine")], splits=leaking)
    assert "also occur in train" not in carded([make_result("mine")])


def test_every_sampled_name_is_only_text(make_result: MakeResult) -> None:
    names = ("<script>", "[a](b)", "*b*", "# a", "", "Zoë")
    (line,) = [line for line in carded([make_result("mine", names=names)]).splitlines() if "Zoë" in line]
    assert html.unescape(line) == "<script>, [a](b), *b*, # a, (empty), Zoë."
