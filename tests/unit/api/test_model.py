"""A trained model: sampling, scoring, what comes next, saving, and how it shows itself."""

import math
from pathlib import Path

import pandas as pd
import pytest
import torch

import makemore
from makemore.core.curve import Point
from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.evaluation import score
from makemore.sampling import known_names, sample
from tests.conftest import CONFIGS, FEW_NAMES, PARAMS

pytestmark = pytest.mark.usefixtures("project")


@pytest.fixture
def gpt(project: Path) -> makemore.TrainedModel:
    return makemore.load("gpt")


def test_sample_is_the_sampler_with_the_defaults_of_params(gpt: makemore.TrainedModel) -> None:
    values = {"names": 7, "prefix": "e", "temperature": 0.7, "top_k": 5, "top_p": 0.8, "seed": 3, "max_length": 6}
    expected = sample(gpt.module, PARAMS.sample.model_copy(update=values))
    assert gpt.sample(7, prefix="e", temperature=0.7, top_k=5, top_p=0.8, seed=3, max_length=6) == expected
    assert gpt.sample(4) == sample(gpt.module, PARAMS.sample.model_copy(update={"names": 4})) == gpt.sample(4)


def test_new_and_distinct_names(gpt: makemore.TrainedModel, corpus: Corpus) -> None:
    names = makemore.load("count").sample(30, only_new=True, distinct=True)
    assert len({*names}) == 30
    assert not known_names({*names}, corpus)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": -0.1}, "sample: temperature: input should be greater than or equal to 0, not -0.1"),
        ({"top_p": 0.0}, "sample: top_p: input should be greater than 0, not 0.0"),
        ({"prefix": "Q"}, "'Q': 'Q' is not in the vocabulary"),
        ({"prefix": "emma", "max_length": 4}, "sample: max_length: must be more than the length of prefix, not 4"),
    ],
)
def test_bad_settings_are_errors(gpt: makemore.TrainedModel, settings: dict[str, object], message: str) -> None:
    with pytest.raises(UserError) as error:
        gpt.sample(3, **settings)  # type: ignore[arg-type]
    assert str(error.value).startswith(message)


def test_nll_is_a_series_in_the_order_of_the_names(gpt: makemore.TrainedModel) -> None:
    names = ["zoe", "emma", "zoe"]
    nll = gpt.nll(names)
    assert list(nll.index) == names
    assert nll.dtype == "float64"
    assert list(nll) == score(gpt.module, names)
    assert gpt.nll("emma").iloc[0] == pytest.approx(nll["emma"])
    assert gpt.nll([]).empty


def test_costs_of_symbols_add_up_to_the_nll(gpt: makemore.TrainedModel) -> None:
    costs = gpt.nll_by_symbol("emma")
    assert list(costs.index) == ["e", "m", "m", "a", "."]
    assert costs.mean() == pytest.approx(gpt.nll(["emma"]).iloc[0])


def test_next_is_a_distribution_that_agrees_with_the_costs(gpt: makemore.TrainedModel) -> None:
    found = gpt.next("em")
    assert sorted(found.index) == sorted(gpt.vocabulary)
    assert found.sum() == pytest.approx(1, abs=1e-6)
    assert found.is_monotonic_decreasing
    assert -math.log(found["m"]) == pytest.approx(gpt.nll_by_symbol("emma").iloc[2], abs=1e-5)
    assert gpt.next()["."] > 0
    longer = "emma" * 9  # more than the model's window
    assert gpt.next(longer).sum() == pytest.approx(1, abs=1e-6)


def test_facts(gpt: makemore.TrainedModel) -> None:
    assert gpt.config == CONFIGS["gpt"] | {"smoothing": 0.0}
    assert gpt.n_params == sum(tensor.numel() for tensor in gpt.module.state_dict().values())
    assert gpt.vocabulary == [".", *sorted({*"".join(FEW_NAMES)})]
    assert repr(gpt) == f"<gpt: gpt with {gpt.n_params:,} parameters, from artifacts/models/gpt>"


def test_notebook_shows_a_table_of_escaped_text(gpt: makemore.TrainedModel) -> None:
    html = gpt._repr_html_()
    assert html.startswith("<table><caption>gpt</caption><tr><th>model</th><td>gpt</td></tr>")
    assert gpt.sample(8)[0] in html
    gpt.name = "<b>&"
    assert "<caption>&lt;b&gt;&amp;</caption>" in gpt._repr_html_()


def test_saved_model_is_loaded_with_its_curve(gpt: makemore.TrainedModel, tmp_path: Path) -> None:
    assert gpt.curve.empty
    assert list(gpt.curve.columns) == ["step", "train_nll", "dev_nll", "lr"]
    gpt._curve = [Point(0, 3.0, 3.1, 0.0), Point(10, 2.0, 2.5, 0.1)]
    gpt.save(tmp_path / "saved")
    loaded = makemore.load(tmp_path / "saved")
    pd.testing.assert_frame_equal(loaded.curve, gpt.curve)
    assert "2.5000 nats per symbol" in loaded._repr_html_()
    assert loaded.name == "saved"
    for name, tensor in loaded.module.state_dict().items():
        assert torch.equal(tensor, gpt.module.state_dict()[name])


def test_new_names_need_the_corpus(gpt: makemore.TrainedModel, tmp_path: Path) -> None:
    gpt.save(tmp_path / "saved")
    with pytest.raises(UserError, match=r"only known with the corpus, and .*saved comes without it"):
        makemore.load(tmp_path / "saved").sample(3, only_new=True)
