"""Models by name: finding, building, saving and loading them."""

import json
from pathlib import Path

import pytest
import torch

from makemore.core.errors import UserError
from makemore.core.layout import CONFIG_FILE, WEIGHTS_FILE
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from tests.conftest import CONFIGS, ROOT
from tests.unit.conftest import Fitted

FILES = sorted(path.stem for path in (ROOT / "makemore" / "models").glob("*.py") if path.stem != "__init__")


def test_names_are_the_files_of_the_folder_and_no_subfolder() -> None:
    assert (ROOT / "makemore" / "models" / "base").is_dir()
    assert catalog.names() == FILES


def test_name_in_a_config_selects_the_model(corpus: Corpus) -> None:
    for name in catalog.names():
        config = catalog.parse_config(name, CONFIGS[name])
        model = catalog.build(config, corpus.vocabulary, corpus.longest)
        assert type(model).__module__ == type(config).__module__ == f"makemore.models.{name}"


@pytest.mark.parametrize("name", ["statistics", "base", "__init__", "base.config", "", None, 3])
def test_unknown_model_is_an_error_that_lists_the_models(name: object) -> None:
    with pytest.raises(UserError) as error:
        catalog.parse_config("mine", {"model": name})
    known = ", ".join(FILES)
    assert str(error.value) == f"params.yaml: variants.mine.model: there is no model {name!r}; the models are {known}"


@pytest.mark.parametrize("name", catalog.names())
def test_loaded_model_equals_the_saved_one(fitted: Fitted, corpus: Corpus, name: str, tmp_path: Path) -> None:
    model = fitted(name)
    catalog.save(model, tmp_path / name)
    assert sorted(path.name for path in (tmp_path / name).iterdir()) == [CONFIG_FILE, WEIGHTS_FILE]
    loaded = catalog.load(tmp_path / name)
    assert not loaded.training
    assert torch.equal(loaded(corpus.names["train"].tensor()[:, :4]), model(corpus.names["train"].tensor()[:, :4]))
    assert (loaded.config, loaded.vocabulary, loaded.longest) == (model.config, model.vocabulary, model.longest)
    assert loaded.n_params == model.n_params


@pytest.mark.parametrize("name", [CONFIG_FILE, WEIGHTS_FILE])
def test_loading_without_a_file_is_an_error(fitted: Fitted, tmp_path: Path, name: str) -> None:
    catalog.save(fitted("count"), tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match=rf"{name}: no such file; run `dvc repro` to create it"):
        catalog.load(tmp_path)


def test_loading_a_config_that_the_model_does_not_know_is_an_error(fitted: Fitted, tmp_path: Path) -> None:
    """As after a change of the code that adds or removes a parameter."""
    catalog.save(fitted("count"), tmp_path)
    saved = json.loads((tmp_path / CONFIG_FILE).read_text(encoding="utf-8"))
    saved["config"]["old"] = 1
    (tmp_path / CONFIG_FILE).write_text(json.dumps(saved), encoding="utf-8")
    with pytest.raises(UserError, match="old: unknown key; allowed here: model, smoothing"):
        catalog.load(tmp_path)
