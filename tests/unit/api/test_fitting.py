"""Fitting to one's own names: the same bytes as the pipeline, and errors about the names."""

import gc
import multiprocessing
import pickle
import tempfile
import warnings
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

import makemore
from makemore.core.errors import UserError
from makemore.core.params import load_params
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import parse_config
from makemore.preparation.prepare import prepare
from makemore.project.init import shared_files
from makemore.training.fit import fit
from tests.conftest import FEW_NAMES

NAMES = [first + second for first in FEW_NAMES for second in FEW_NAMES]
SMALL: dict[str, Any] = {"n_layer": 1, "n_embd": 16, "n_head": 2, "steps": 20, "warmup_steps": 5, "eval_every": 10}


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_fits_without_a_project(tmp_path: Path) -> None:
    model = makemore.fit("gpt", NAMES, **SMALL)
    assert model.config["steps"] == 20
    assert list(model.curve["step"]) == [0, 10, 20]
    assert model.curve["dev_nll"].iloc[-1] < model.curve["dev_nll"].iloc[0]
    assert not {*model.sample(20, only_new=True)} & {*NAMES}
    assert repr(model).endswith(" names>")
    assert not [*tmp_path.iterdir()], "nothing is left in the folder"


def test_names_in_a_file_are_the_same_names(tmp_path: Path) -> None:
    path = tmp_path / "names.txt"
    path.write_text("\n".join(NAMES), encoding="utf-8")
    assert makemore.fit("count", path).sample(9) == makemore.fit("count", NAMES).sample(9)


def test_same_bytes_as_the_pipeline(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("\n".join(NAMES), encoding="utf-8")
    (tmp_path / "none.txt").touch()
    params = load_params(shared_files() / "params.yaml")
    data = params.data.model_copy(update={"path": "names.txt", "dev_path": "none.txt"})
    prepare(data, "", tmp_path / "corpus", tmp_path / "chunks")
    corpus = Corpus.load(tmp_path / "corpus").with_some_dev(params.evaluate.curve_names)
    expected, curve = fit(parse_config("gpt", params.variants["gpt"] | SMALL), corpus, "gpt")
    found = makemore.fit("gpt", NAMES, **SMALL)
    assert found._curve == curve
    for name, tensor in found.module.state_dict().items():
        assert torch.equal(tensor, expected.state_dict()[name])


def test_variants_of_the_project_come_first(project: Path) -> None:
    assert makemore.fit("gpt", NAMES, steps=6, warmup_steps=2).config["n_embd"] == 16
    with pytest.raises(UserError, match="there is no variant 'lstm'; the variants are count, gpt, mlp"):
        makemore.fit("lstm", NAMES)


@pytest.mark.parametrize(
    ("names", "changes", "message"),
    [
        ("emma", {}, "names must be a list of names, or a Path for a file of them, not 'emma'"),
        (5, {}, "names must be a list of names, or a Path for a file of them, not 5"),
        (["emma"], {"column": "name"}, "column and weight are of a table: names must then be a Path"),
        (NAMES, {"dev_share": 2.0}, "fit: dev_share: input should be less than 1, not 2.0"),
        (["emma", 5], {}, "names: 5 is not a name; each must be a string without line breaks"),
        (["emma", "a\nb"], {}, r"names: 'a\nb' is not a name; each must be a string without line breaks"),
        (["emma", "\ud800"], {}, r"names: '\ud800' is not a character"),
        (["emma", "a\u202eb"], {}, "names:2: control character U+202E inside a name; remove it"),
        (["St. Ives"], {}, "names:1: the end marker '.' inside a name; remove it, or choose another end_marker"),
        ([], {}, "names: contains no names; put one name on each line"),
        (["emma"], {}, "names: 1 distinct names are too few to split"),
        (NAMES, {"stpes": 5}, "fit: count: stpes: unknown key; allowed here: model, smoothing"),
        (NAMES, {"smoothing": -1}, "fit: count: smoothing: input should be greater than or equal to 0, not -1"),
        (NAMES, {"end_marker": "ab"}, "fit: end_marker: string should have at most 1 character, not 'ab'"),
        (Path("none.txt"), {}, "none.txt: cannot be read (No such file or directory)"),
    ],
)
def test_bad_input_is_one_line(names: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        makemore.fit("count", names, **changes)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_another_end_marker() -> None:
    model = makemore.fit("count", [f"St. {name}" for name in NAMES], end_marker="|")
    assert model.vocabulary[0] == "|"
    assert model.next("St")["."] > 0.5


def test_an_iterator_a_column_and_another_dev_share(tmp_path: Path) -> None:
    expected = makemore.fit("count", NAMES)
    assert makemore.fit("count", iter(NAMES)).nll("emma").equals(expected.nll("emma"))
    (tmp_path / "names.csv").write_text("\n".join(["id,name", *(f"7,{name}" for name in NAMES)]), encoding="utf-8")
    path = tmp_path / "names.csv"
    assert makemore.fit("count", path, column="name").nll("emma").equals(expected.nll("emma"))
    few, many = makemore.fit("count", NAMES, dev_share=0.01), makemore.fit("count", NAMES, dev_share=0.4)
    assert int(few.source.split()[0]) > int(expected.source.split()[0]) > int(many.source.split()[0])
    path.write_bytes(b"\xff\n" + "\n".join(NAMES).encode())
    with pytest.raises(UserError, match=r"names.csv:1: not UTF-8 .*, or leave out bad lines \(skip_bad=True\)"):
        makemore.fit("count", path)
    assert makemore.fit("count", path, skip_bad=True).nll("emma").equals(expected.nll("emma"))


def test_warm_up_shrinks_with_the_steps() -> None:
    small: dict[str, Any] = {"n_layer": 1, "n_embd": 16, "n_head": 2}
    config = makemore.fit("gpt", NAMES, steps=20, **small).config
    default = load_params(shared_files() / "params.yaml").variants["gpt"]
    assert config["warmup_steps"] == round(default["warmup_steps"] * 20 / default["steps"])
    suggested = makemore.fit("gpt", NAMES, steps="auto", eval_every=7, **small)
    Path("names.txt").write_text("\n".join(NAMES), encoding="utf-8")
    changes = makemore.check_data("names.txt").changes
    assert suggested.config["steps"] == changes["variants.gpt.steps"] < default["steps"]
    assert suggested.config["warmup_steps"] == changes["variants.gpt.warmup_steps"]
    assert suggested.config["eval_every"] == 7
    assert makemore.fit("count", NAMES, steps="auto").config["model"] == "count"


def test_models_can_be_pickled_and_leave_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        model = makemore.fit("count", NAMES)
        expected = model.sample(5, only_new=True)
        copy = pickle.loads(pickle.dumps(model))  # noqa: S301 (our own)
        assert copy.sample(5, only_new=True) == expected
        del copy
        gc.collect()
        assert model.sample(5, only_new=True) == expected, "the copy has not deleted the corpus"
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            assert pool.submit(model.sample, 5, only_new=True).result() == expected
        del model
        gc.collect()
    assert not [str(each) for each in caught if issubclass(each.category, ResourceWarning)]
    assert not [*tmp_path.glob("makemore-*")]


def test_what_this_machine_cannot_do_is_refused_before_it_is_tried() -> None:
    with pytest.raises(UserError, match=r"gpt: training [\d,]+ parameters needs at least"):
        makemore.fit("gpt", NAMES, n_embd=65_536, n_layer=100)
