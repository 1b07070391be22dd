"""Loading: what a name means, settings that travel with a model, and errors. Commits and MLflow have their own tests
(tests/pipeline/test_load_rev.py, tests/tracking/test_download.py).
"""

from pathlib import Path

import pytest

import makemore
from makemore.core.errors import UserError
from makemore.core.files import read_json, write_json
from makemore.core.layout import CORPUS, ENSEMBLES, MODELS, PARAMS, SETTINGS_FILE
from makemore.core.params import load_params
from makemore.models.base import catalog
from tests.unit.conftest import Fitted


def test_variant_of_the_project(project: Path) -> None:
    model = makemore.load("gpt")
    assert (model.name, model.source) == ("gpt", f"{MODELS}/gpt")


def test_ensemble_of_the_project(project: Path, fitted: Fitted) -> None:
    values = read_json(PARAMS)
    values["ensembles"] = {"both": {"model": "ensemble", "members": ["gpt", "count"], "weights": "equal"}}
    write_json(PARAMS, values)
    catalog.save(fitted("ensemble"), ENSEMBLES / "both")
    model = makemore.load("both")
    assert model.source == f"{ENSEMBLES}/both"
    assert model.sample(3, prefix="a") == makemore.load(ENSEMBLES / "both").sample(3, prefix="a")


def test_corpus_is_found_from_another_folder(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = makemore.load("count")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert model.sample(5, only_new=True)


@pytest.mark.parametrize("form", [str, Path])
def test_folder_needs_no_project(project: Path, form: type, tmp_path_factory: pytest.TempPathFactory) -> None:
    expected = makemore.load("gpt").sample(5)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("elsewhere"))
        assert makemore.load(form(project / MODELS / "gpt")).sample(5) == expected


def test_settings_in_the_folder_are_the_defaults(project: Path) -> None:
    folder = MODELS / "gpt"
    write_json(folder / SETTINGS_FILE, {"sample": load_params().sample.model_dump() | {"max_length": 3, "seed": 5}})
    assert makemore.load(folder).sample(20) == makemore.load("gpt").sample(20, max_length=3, seed=5)


def test_settings_of_an_older_version_are_completed(project: Path) -> None:
    folder = MODELS / "gpt"
    settings = load_params().sample.model_dump()
    del settings["top_p"]
    write_json(folder / SETTINGS_FILE, {"sample": settings})
    assert makemore.load(folder).sample(5) == makemore.load("gpt").sample(5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("gtp",), "the variant 'gtp' is not trained here; did you mean 'gpt'? trained variants: count, gpt"),
        (("..",), "the variant '..' is not trained here; trained variants: count, gpt"),
        (("./nowhere",), "nowhere: not the folder of a model: there is no config.json"),
        (("./nowhere", "HEAD"), "'./nowhere' has no commit 'HEAD': only variants of this project have"),
        (("models:/makemore@champion", "HEAD"), "'models:/makemore@champion' has no commit 'HEAD'"),
        (("..", "HEAD"), "'..' is not the name of a variant"),
    ],
)
def test_what_is_not_there_is_one_line(project: Path, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(UserError) as error:
        makemore.load(*arguments)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_another_vocabulary_than_the_corpus_is_an_error(project: Path) -> None:
    write_json(CORPUS / "vocabulary.json", [".", "a"])
    with pytest.raises(UserError, match="its vocabulary is not that of the corpus"):
        makemore.load("gpt")


def test_folder_without_a_project_says_so(project: Path) -> None:
    PARAMS.unlink()
    with pytest.raises(UserError, match=r"params\.yaml: no such file; run this in the root of the repository"):
        makemore.load("gpt")
