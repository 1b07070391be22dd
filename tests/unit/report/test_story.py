"""What the page tells in numbers: costs of symbols, names on which models disagree, what each model bought."""

import math

import numpy as np
import pytest
import torch

from makemore.core.corpus import Corpus
from makemore.core.errors import UserError
from makemore.core.layout import LOSSES
from makemore.core.vocabulary import Vocabulary
from makemore.evaluation import score
from makemore.models.base import catalog
from makemore.report.costs import Costs, costs
from makemore.report.descriptions import DESCRIPTIONS
from makemore.report.dev import DevNames
from makemore.report.names import MOST_BARS, alphabet, lengths, mean_length
from makemore.report.pictures import picture
from makemore.report.steps import steps
from makemore.report.story import DISAGREEMENTS, Story
from makemore.report.symbols import direction, shown_symbols
from makemore.statistics.names import write_losses
from makemore.statistics.ranking import Losses, rank
from tests.unit.conftest import Fitted
from tests.unit.report.conftest import CARD, MakeResult, dev_names, told


def test_costs_of_symbols_add_up_to_the_loss_of_the_name(fitted: Fitted, corpus: Corpus) -> None:
    models = {name: fitted(name) for name in ("uniform", "count", "gpt", "mlp")}
    rows = corpus.rows["train"].take(np.array([3, 0]))
    names = corpus.words("train")
    for found, name in zip(costs(rows, models), (names[3], names[0]), strict=True):
        assert found.name == name
        assert found.symbols == [*name, "end"]
        for variant, model in models.items():
            assert len(found.nats[variant]) == len(name) + 1
            assert found.mean(variant) == pytest.approx(score(model, [name])[0], abs=1e-5)


def test_saved_nats() -> None:
    found = Costs("ab", ["a", "b", "end"], {"x": [1.0, math.inf, 2.0], "y": [3.0, math.inf, math.inf]})
    assert found.saved("x", "y") == [2.0, 0.0, math.inf]
    assert found.saved("y", "x") == [-2.0, 0.0, -math.inf]


def dev_of(nats: dict[str, list[float]], symbols: list[int]) -> DevNames:
    each = np.array(symbols)
    arrays = {variant: np.array(values) for variant, values in nats.items()}
    return DevNames(np.arange(len(symbols)), each, arrays, Losses(arrays, each))


def test_names_on_which_two_variants_disagree_most_per_symbol() -> None:
    dev = dev_of({"a": [2.0, 9.0, 4.0, math.inf], "b": [4.0, 8.0, 4.0, math.inf]}, [2, 2, 2, 2])
    assert dev.cheaper("a", "b", 5) == [0]
    assert dev.cheaper("b", "a", 5) == [1]
    dev = dev_of({"a": [2.0, 2.0, 1.0], "b": [4.0, math.inf, 2.5]}, [4, 2, 1])
    assert dev.cheaper("a", "b", 2) == [1, 2]


def test_typical_name_is_as_hard_as_the_average_and_not_too_long() -> None:
    dev = dev_of({"a": [4.0, 8.0, 24.0, math.inf]}, [4, 4, 12, 4])
    dev.losses.mean["a"] = 2.0
    assert dev.typical("a", range(2, 5)) == 1
    assert dev.typical("a", range(11, 12)) == 2
    assert dev.typical("a", range(30, 40)) in (1, 2), "if no name has so many characters, any may be chosen"


def test_losses_of_dev_names_come_from_the_evaluate_stage(
    make_result: MakeResult, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(str(tmp_path))
    words = [first + second for first in "abcdef" for second in "abcdef"]
    corpus = Corpus.of({"train": words, "dev": words, "test": []}, ".")
    dev = torch.linspace(3, 9, 36)
    noise = torch.linspace(-0.5, 0.5, 36).roll(7)
    for variant, nll in {"best": dev, "second": dev + 1, "tied": dev + noise + 0.01}.items():
        write_losses(LOSSES / f"{variant}.safetensors", {"dev": nll, "test": torch.zeros(0)})
    variants = ["second", "best", "tied"]
    found = DevNames.read(variants, corpus)
    assert rank(found.losses).groups == [["best", "tied"], ["second"]]
    assert found.nats["best"] == pytest.approx(dev.numpy())
    (LOSSES / "tied.safetensors").unlink()
    with pytest.raises(UserError, match=r"artifacts/losses/tied\.safetensors: no such file; run `dvc repro`"):
        DevNames.read(variants, corpus)


def test_each_step_is_compared_with_the_best_before_it(make_result: MakeResult, corpus: Corpus) -> None:
    results = [
        make_result("deep", "gpt", dev=1.5),
        make_result("counted", "ngram", dev=1.75),
        make_result("average", "bow", dev=2.0),
        make_result("pairs", "count", dev=2.5),
        make_result("worse", "count", dev=2.75),
        make_result("nothing", "uniform", dev=3.0),
    ]
    found = steps(results, dev_names(results, corpus).losses)
    chain = [(step.best.variant, step.before and step.before.variant, step.improves) for step in found]
    assert chain == [
        ("nothing", None, True),
        ("pairs", "nothing", True),
        ("counted", "pairs", True),
        ("average", "counted", False),
        ("deep", "counted", True),
    ]
    assert [result.variant for result in found[1].variants] == ["pairs", "worse"]
    assert found[0].bought == "nothing is where the story starts, at 3.000 nats per symbol."
    assert found[1].bought.startswith(
        "pairs costs 0.500 nats per symbol less than nothing, the best of those before it"
    )
    assert found[3].bought.startswith("average costs 0.250 nats per symbol more than counted")


def test_reference_is_the_best_count_model_or_the_last_variant(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("gpt", "gpt", dev=2.0), make_result("mlp", "mlp", dev=2.5)]
    story = told(results, corpus)
    assert (story.best.variant, story.reference.variant) == ("gpt", "mlp")
    assert list(story.example.nats) == ["mlp", "gpt"]
    assert len(story.for_best) == min(DISAGREEMENTS, len(corpus.rows["dev"]))
    assert story.for_reference == []
    results += [make_result("count", "count", dev=2.25), make_result("uniform", dev=3.0)]
    story = told(results, corpus)
    assert story.reference.variant == "count"
    assert list(story.example.nats) == ["uniform", "count", "gpt"]
    assert told(results[:1], corpus).for_best == []


def test_sampled_names_that_are_in_the_corpus_are_known(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("gpt", "gpt", names=("emma", "amme", "lea", ""))]
    story = Story.of(results, corpus, CARD, dev_names(results, corpus))
    assert story.known == {"emma", "lea"}


def test_every_model_has_a_description_and_a_picture() -> None:
    """A new model needs an entry in makemore/report/descriptions.py, in the order of the story."""
    assert sorted(DESCRIPTIONS) == catalog.names()
    pictures = {picture(name) for name in DESCRIPTIONS}
    assert len(pictures) == len(DESCRIPTIONS)
    assert all(len(description.text.split(". ")) == 2 for description in DESCRIPTIONS.values())


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


def test_symbols_can_be_seen_and_names_have_a_direction() -> None:
    assert shown_symbols(Vocabulary((".", " ", "a", "\u0301", "\u3000"))) == [".", "␣", "a", "◌\u0301", "␣"]
    assert [direction(name) for name in ("emma", "عمر", "12 عمر", "12", "", "李娜", "דוד", "a عمر")] == [
        *("ltr", "rtl", "rtl", "ltr", "ltr", "ltr", "rtl", "ltr"),
    ]
