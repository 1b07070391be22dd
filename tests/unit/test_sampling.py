"""Sampling names: distribution, seed, prefix, temperature, top-k, length; and the statistics of the names."""

from itertools import pairwise
from typing import Any

import pytest
import torch

from makemore.core.errors import UserError
from makemore.core.results import Statistics
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import AnyModel
from makemore.sampling import known_names, next_probabilities, sample, statistics, stream, stream_chosen, unseen
from tests.conftest import CONFIGS, PARAMS
from tests.unit.conftest import Fitted


@pytest.fixture(scope="module")
def count(fitted: Fitted) -> AnyModel:
    return fitted("count")


def names_from(model: AnyModel, **changes: Any) -> list[str]:
    return sample(model, PARAMS.sample.model_copy(update={"names": 20, **changes}))


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_same_seed_gives_the_same_names(fitted: Fitted, name: str) -> None:
    model = fitted(name)
    assert names_from(model) == names_from(model) != names_from(model, seed=1)
    assert len(names_from(model, names=7, batch_size=3)) == 7


def test_batch_size_one_equals_the_loop_of_the_lecture(count: AnyModel) -> None:
    generator = torch.Generator().manual_seed(5)
    expected = []
    for _ in range(20):
        token, name = 0, ""
        while True:
            probabilities = count(torch.tensor([[token]]))[0, 0].softmax(0)
            token = int(torch.multinomial(probabilities, 1, replacement=True, generator=generator))
            if token == 0:
                break
            name += count.vocabulary.symbols[token]
        expected.append(name)
    assert names_from(count, seed=5, batch_size=1) == expected


def test_every_name_starts_with_the_prefix(count: AnyModel) -> None:
    names = names_from(count, prefix="em")
    assert all(name.startswith("em") for name in names)
    assert len(set(names)) > 1


def test_bad_prefix_is_an_error(count: AnyModel) -> None:
    with pytest.raises(UserError, match="'q' is not in the vocabulary"):
        names_from(count, prefix="q")
    with pytest.raises(UserError, match=r"the prefix 'emma' is as long as max_length \(4\)"):
        names_from(count, prefix="emma", max_length=4)


def test_top_k_samples_only_the_k_most_likely_symbols(count: AnyModel) -> None:
    order = count(torch.tensor([[0]]))[0, 0].argsort(descending=True, stable=True)
    best = {count.vocabulary.symbols[token] for token in order[:3]}
    assert {name[:1] or "." for name in names_from(count, names=500, top_k=3)} == best
    assert len(set(names_from(count, top_k=1, max_length=5))) == 1, "greedy"
    assert names_from(count, top_k=0) == names_from(count)
    assert names_from(count, top_k=1000) == names_from(count), "there are fewer symbols"


def test_top_p_samples_from_the_fewest_symbols_that_have_this_probability(count: AnyModel) -> None:
    probabilities = next_probabilities(count, "")
    ordered = probabilities.sort(descending=True)
    enough = int((ordered.values.cumsum(0) < 0.6).sum()) + 1
    nucleus = {count.vocabulary.symbols[token] for token in ordered.indices[:enough]}
    assert {name[:1] or "." for name in names_from(count, names=2_000, top_p=0.6)} == nucleus
    assert names_from(count, top_p=1.0) == names_from(count)
    assert names_from(count, top_p=1e-9) == names_from(count, top_k=1), "there is always one"


def test_probabilities_of_the_next_symbol_are_those_that_are_sampled(count: AnyModel) -> None:
    expected = count(torch.tensor(count.vocabulary.encode("em")).unsqueeze(0))[0, -1].softmax(0)
    assert torch.allclose(next_probabilities(count, "em"), expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("name", ["count", "gpt"])
def test_stream_gives_the_same_names_batch_by_batch(fitted: Fitted, name: str) -> None:
    model = fitted(name)
    params = PARAMS.sample.model_copy(update={"names": 20, "batch_size": 6})
    names = stream(model, params)
    first = next(names)
    assert [first, *names] == sample(model, params)


def test_chosen_names_are_new_and_distinct(count: AnyModel, corpus: Corpus) -> None:
    params = PARAMS.sample.model_copy(update={"names": 30})
    names = list(stream_chosen(count, params, corpus, distinct=True))
    assert len(set(names)) == 30
    assert not known_names(set(names), corpus)
    repeated = list(stream_chosen(count, params.model_copy(update={"names": 300}), corpus, distinct=False))
    assert len(set(repeated)) < 300
    assert not known_names(set(repeated), corpus)


def test_too_few_chosen_names_are_an_error_after_those_that_were_found(count: AnyModel, corpus: Corpus) -> None:
    params = PARAMS.sample.model_copy(update={"names": 3, "top_k": 1, "max_length": 5})
    names = stream_chosen(count, params, None, distinct=True)
    assert next(names) == sample(count, params)[0]
    with pytest.raises(UserError, match="only 1 of 300 sampled names are distinct; ask for fewer, or raise the temp"):
        next(names)
    with pytest.raises(UserError, match="names are new and distinct"):
        list(stream_chosen(count, params, corpus, distinct=True))


def test_low_temperature_is_greedy(count: AnyModel) -> None:
    """The most likely symbol after an `a` is the end marker."""
    assert set(names_from(count, temperature=0.01, prefix="emma")) == {"emma"}


@pytest.mark.parametrize("name", ["gpt", "count", "ngram"])
def test_temperature_0_is_greedy(fitted: Fitted, name: str) -> None:
    """With the other limits or without: the most likely symbol remains."""
    greedy = {"temperature": 0.0, "max_length": 9}
    (only,) = set(names_from(fitted(name), **greedy))
    assert {only} == set(names_from(fitted(name), **greedy, top_k=2, top_p=0.1, seed=5))
    symbols = [*only, "."] if len(only) < 9 else [*only]
    for length, symbol in enumerate(symbols):
        likeliest = int(next_probabilities(fitted(name), only[:length]).argmax())
        assert fitted(name).vocabulary.symbols[likeliest] == symbol


@pytest.mark.parametrize("name", ["gpt", "count"])
@pytest.mark.parametrize("batch_size", [1, 3, 500])
def test_few_names_are_the_first_of_many(fitted: Fitted, corpus: Corpus, name: str, batch_size: int) -> None:
    model, chosen = fitted(name), PARAMS.sample.model_copy(update={"batch_size": batch_size})
    many = names_from(model, names=7, batch_size=batch_size)
    assert [names_from(model, names=count, batch_size=batch_size) for count in (1, 3, 5)] == [
        many[:count] for count in (1, 3, 5)
    ]
    three, five = (
        list(stream_chosen(model, chosen.model_copy(update={"names": count}), corpus, distinct=True))
        for count in (3, 5)
    )
    assert three == five[:3]


def test_prefix_that_a_model_does_not_see_is_said(fitted: Fitted, corpus: Corpus) -> None:
    assert unseen(fitted("count"), "em") == "the model sees only the last character of the prefix"
    assert (
        unseen(fitted("mlp"), "emma")
        == f"the model sees only the last {fitted('mlp').block_size} characters of the prefix"
    )
    assert unseen(fitted("uniform"), "e") == "the model sees nothing of the prefix"
    assert unseen(fitted("gpt"), "a" * (corpus.longest + 1)).startswith("the prefix is longer than any name")
    assert not any(unseen(fitted(name), "e") for name in ("count", "mlp", "gpt", "rnn"))
    assert not unseen(fitted("rnn"), "emma")


def test_names_that_do_not_end_are_cut(fitted: Fitted, corpus: Corpus) -> None:
    names = names_from(fitted("uniform"), max_length=3, names=200)
    assert max(map(len, names)) == 3
    assert statistics(names, corpus, 3).cut == sum(len(name) == 3 for name in names) / 200 > 0.5


def test_sampling_turns_dropout_off(fitted: Fitted) -> None:
    model = fitted("mlp", dropout=0.5)
    assert names_from(model.train()) == names_from(model.eval())


def test_statistics_of_names() -> None:
    corpus = Corpus.of({"train": ["emma", "max"], "dev": ["ava"], "test": ["xavier"]}, ".")
    assert statistics(["emma", "emma", "xam", ""], corpus, max_length=9) == Statistics(
        names=4, new=0.5, distinct=0.75, mean_length=2.75, corpus_mean_length=4.0, cut=0.0
    )


@pytest.mark.parametrize("symbols", [3, 300, 70_000])
def test_known_names_are_those_of_all_splits(symbols: int) -> None:
    """Also if a token takes one, two or four bytes."""
    letters = [chr(0x10000 + number) for number in range(symbols)]
    names = ["".join(pair) for pair in pairwise(letters)]
    corpus = Corpus.of({"train": names, "dev": [letters[0]], "test": ["".join(letters[:9])]}, ".")
    sampled = {names[0], names[-1], letters[0], letters[1], "".join(letters[:9]), letters[2] * 2, ""}
    assert known_names(sampled, corpus) == {names[0], names[-1], letters[0], "".join(letters[:9])}


def test_sampled_name_that_is_not_in_normal_form_is_new() -> None:
    """A model may put an accent on a letter that has no accent in the corpus; its normal form has an unknown symbol."""
    corpus = Corpus.of({"train": ["a", "q\u0301"], "dev": ["a"], "test": []}, ".")
    assert known_names({"a\u0301", "a", "q\u0301"}, corpus) == {"a", "q\u0301"}
    assert known_names({"a\u0301"}, corpus) == set()
