"""Drawing names: distribution, seed, prefix, temperature, top-k, cutting; and what is said of them."""

from collections import Counter
from typing import Any

import pytest
import torch

from makemore.core.corpus import Corpus
from makemore.core.errors import UserError
from makemore.models.base.catalog import AnyModel, parse_config
from makemore.sampling import sample, statistics
from makemore.training.fit import fit
from tests.conftest import CONFIGS, PARAMS


@pytest.fixture(scope="module")
def count(corpus: Corpus) -> AnyModel:
    return fit(parse_config("count", CONFIGS["count"]), corpus, "count")[0]


def draw(model: AnyModel, **changes: Any) -> list[str]:
    return sample(model, PARAMS.sample.model_copy(update={"names": 20, **changes}))


@pytest.mark.parametrize("name", sorted(CONFIGS))
def test_a_seed_decides_the_names(corpus: Corpus, name: str) -> None:
    model = fit(parse_config(name, CONFIGS[name]), corpus, name)[0]
    assert draw(model) == draw(model) != draw(model, seed=1)
    assert len(draw(model, names=7, batch_size=3)) == 7


def test_batch_size_one_is_the_loop_of_the_lecture(count: AnyModel) -> None:
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
    assert draw(count, seed=5, batch_size=1) == expected


def test_first_symbols_come_as_often_as_the_model_says(count: AnyModel) -> None:
    names = draw(count, names=20_000, batch_size=4_000)
    probabilities = count(torch.tensor([[0]]))[0, 0].softmax(0).tolist()
    found = Counter(name[:1] for name in names)
    for symbol, probability in zip(count.vocabulary.symbols[1:], probabilities[1:], strict=True):
        assert found[symbol] / len(names) == pytest.approx(probability, abs=0.015)


def test_prefix(count: AnyModel) -> None:
    names = draw(count, prefix="em")
    assert all(name.startswith("em") for name in names)
    assert len(set(names)) > 1
    with pytest.raises(UserError, match="'q' is not in the vocabulary"):
        draw(count, prefix="q")
    with pytest.raises(UserError, match=r"the prefix 'emma' is as long as max_length \(4\)"):
        draw(count, prefix="emma", max_length=4)


def test_top_1_takes_the_likeliest(count: AnyModel) -> None:
    assert len(set(draw(count, top_k=1, max_length=5))) == 1
    assert draw(count, top_k=1000) == draw(count)


def test_top_k_never_draws_below_the_k_likeliest(count: AnyModel) -> None:
    best = {count.vocabulary.symbols[token] for token in count(torch.tensor([[0]]))[0, 0].topk(3).indices}
    assert {name[:1] or "." for name in draw(count, names=500, top_k=3)} == best


def test_low_temperature_is_top_1(count: AnyModel) -> None:
    """What follows the last a of emma is, seven times of ten, the end."""
    assert set(draw(count, temperature=0.01, prefix="emma")) == {"emma"}


def test_names_that_do_not_end_are_cut(corpus: Corpus) -> None:
    uniform = fit(parse_config("uniform", CONFIGS["uniform"]), corpus, "uniform")[0]
    names = draw(uniform, max_length=3, names=200)
    assert max(map(len, names)) == 3
    assert statistics(names, ["a"], 3)["cut"] == sum(len(name) == 3 for name in names) / 200 > 0.5


def test_statistics() -> None:
    assert statistics(["emma", "emma", "xo", ""], ["emma", "ava"], max_length=9) == {
        "names": 4,
        "new": 0.5,
        "distinct": 0.75,
        "mean_length": 2.5,
        "corpus_mean_length": 3.5,
        "cut": 0.0,
    }
