"""Our code reproduces the figures of Karpathy's lectures on the 32,033 names that they are about (MAKEMORE_NAMES)."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch

from makemore.core.params import SampleParams
from makemore.corpus.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.models.base.catalog import AnyModel, build, parse_config
from makemore.models.bigram import nll_of_counts
from makemore.sampling import sample
from makemore.training.fit import fit
from tests.conftest import PARAMS

Golden = dict[str, Any]


def fitted(corpus: Corpus, **config: object) -> AnyModel:
    """The model of this config, fitted to `corpus`."""
    return fit(parse_config("test", config), corpus, "test")[0]


def lecture_samples(count: int, seed: int) -> SampleParams:
    """Sampling as in the lectures: one name at a time, one symbol after the other."""
    return PARAMS.sample.model_copy(update={"names": count, "seed": seed, "batch_size": 1})


def test_file_is_the_list_of_the_lectures(names_path: Path, golden: Golden) -> None:
    assert hashlib.md5(names_path.read_bytes()).hexdigest() == golden["md5"]  # noqa: S324


def test_size_of_the_list(names: list[str], whole_list: Corpus, golden: Golden) -> None:
    assert len(names) == golden["lines"]
    assert len(set(names)) == golden["distinct_lines"]
    assert whole_list.longest == golden["longest_word"]
    assert len(whole_list.vocabulary) == golden["vocabulary_size_with_end_marker"]


def test_bigram_counts(whole_list: Corpus, golden: Golden) -> None:
    counts, symbols = whole_list.bigrams, whole_list.vocabulary.symbols
    assert counts.sum() == golden["bigrams"]
    assert counts[0, symbols.index("a")] == golden["count_of_.a"]
    assert counts[symbols.index("n"), 0] == golden["count_of_n."]
    row, column = divmod(int(counts.argmax()), len(symbols))
    assert symbols[row] + symbols[column] == golden["largest_count_is"]


@pytest.mark.parametrize(
    ("config", "figure"),
    [
        ({"model": "uniform"}, "uniform_nll"),
        ({"model": "count", "smoothing": 0}, "count_nll_no_smoothing"),
        ({"model": "count", "smoothing": 1}, "count_nll_add_one"),
    ],
)
def test_losses_of_closed_form_models(whole_list: Corpus, golden: Golden, config: dict[str, Any], figure: str) -> None:
    nll = likelihood(fitted(whole_list, **config), whole_list.names["train"]).mean()
    assert nll == pytest.approx(golden[figure], abs=1e-6)


def test_probability_that_a_name_starts_with_a(whole_list: Corpus, golden: Golden) -> None:
    logits = fitted(whole_list, model="count", smoothing=0)(torch.tensor([[0]]))
    assert logits.softmax(-1)[0, 0, 1].item() == pytest.approx(golden["p_a_given_start_counts"], abs=1e-6)


@pytest.mark.parametrize("smoothing", [0, 1])
def test_names_sampled_from_the_count_model(whole_list: Corpus, golden: Golden, smoothing: int) -> None:
    model = fitted(whole_list, model="count", smoothing=smoothing)
    expected = golden["samples_count_model"]
    assert sample(model, lecture_samples(len(expected), golden["samples_generator_seed"])) == expected


def neural(golden: Golden, lr: float, l2: float, steps: int) -> dict[str, Any]:
    """The config of the neural bigram with the seed of the lectures."""
    seed = golden["neural_bigram"]["seed"]
    return {"model": "bigram", "steps": steps, "lr": lr, "l2": l2, "eval_every": 1, "seed": seed}


def test_neural_bigram_without_regularisation(whole_list: Corpus, golden: Golden) -> None:
    figures = golden["neural_bigram"]
    config = parse_config("bigram", neural(golden, lr=20.0, l2=0.0, steps=1000))
    model = build(config, whole_list.vocabulary, whole_list.longest)
    curve = model.fit(whole_list)
    for step, nll in figures["lr_20_loss_at_step"].items():
        assert curve[int(step)].train_nll == pytest.approx(nll, abs=1e-6)
    probability = model(torch.tensor([[0]])).softmax(-1)[0, 0, 1].item()
    assert probability == pytest.approx(figures["p_a_given_start_after_1000_steps"], abs=1e-6)
    model.round_weights()  # which the lecture does not do, but `makemore.training.fit`
    expected = figures["first_samples_after_1000_steps"]
    assert sample(model, lecture_samples(len(expected), golden["samples_generator_seed"])) == expected


def test_neural_bigram_with_regularisation(whole_list: Corpus, golden: Golden) -> None:
    for step, expected in golden["neural_bigram"]["lr_50_l2_0.01_total_loss_at_step"].items():
        if step == "0":
            config = parse_config("bigram", neural(golden, lr=50.0, l2=0.01, steps=1))
            weights = build(config, whole_list.vocabulary, whole_list.longest).state_dict()["weights"]
        else:  # the loss at a step is that of the weights after all steps before it
            weights = fitted(whole_list, **neural(golden, lr=50.0, l2=0.01, steps=int(step))).state_dict()["weights"]
        total = nll_of_counts(weights, whole_list.bigrams) + 0.01 * weights.square().mean()
        assert total.item() == pytest.approx(expected, abs=1e-6)


def test_no_name_is_in_two_splits(names: list[str], split_list: Corpus) -> None:
    splits = [set(split_list.decoded(split)) for split in ("train", "dev", "test")]
    assert sum(map(len, splits)) == len(set().union(*splits)) == len(set(names))


def test_ranking_of_the_models_on_our_split(split_list: Corpus) -> None:
    """The neural bigram almost reaches the count model."""
    dev = {
        variant: likelihood(fitted(split_list, **PARAMS.variants[variant]), split_list.names["dev"]).mean()
        for variant in ("uniform", "count", "bigram")
    }
    assert dev["uniform"] > dev["bigram"] > dev["count"] == pytest.approx(2.45, abs=0.02)
    assert dev["bigram"] - dev["count"] < 0.01
