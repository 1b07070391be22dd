"""Loads a trained model: a variant of this project, as it is or at a commit; a folder; or one in MLflow."""

import os
import re
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from makemore.api.model import TrainedModel
from makemore.api.scratch import Scratch
from makemore.core import determinism
from makemore.core.curve import read_curve
from makemore.core.errors import UserError, shown
from makemore.core.files import damaged, read_json
from makemore.core.layout import (
    CONFIG_FILE,
    CORPUS,
    CURVE_FILE,
    FOLDERS,
    SETTINGS_FILE,
    WEIGHTS_FILE,
)
from makemore.core.params import Params, SampleParams, load_params, parse_section
from makemore.corpus.corpus import Corpus
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base import catalog
from makemore.project.defaults import default_params
from makemore.project.variants import check_trained
from makemore.revisions import Revision

_MLFLOW = "models:/"


def load(model: str | Path, rev: str | None = None) -> TrainedModel:
    """The trained model `model`:

    "gpt"                          a variant of the project in the current folder
    "gpt", rev="HEAD~1"            the same at a commit, a branch, a tag or an experiment, from DVC's cache or remote
    "models/mine", Path("mine")    a folder with config.json and weights.safetensors (a string needs a slash)
    "models:/makemore@champion"    a model in MLflow's registry, at MLFLOW_TRACKING_URI or in ./mlflow.db

    Torch then computes as params.yaml says (section `compute`): the same bytes as the pipeline, unless this process had
    imported torch before. Like the pipeline, it refuses kernels whose results depend on the order of execution.

    Raises UserError if there is no such model, if its files are damaged, or if torch is not the version that
    params.yaml names.
    """
    if isinstance(model, str) and model.startswith(_MLFLOW):
        _refuse_rev(model, rev)
        return _from_mlflow(model)
    if isinstance(model, Path) or os.sep in model:
        _refuse_rev(str(model), rev)
        return _from_folder(Path(model), Path(model).name, str(model))
    return _from_project(model) if rev is None else _from_commit(model, rev)


def _refuse_rev(model: str, rev: str | None) -> None:
    if rev is not None:
        raise UserError(f"{shown(model)} has no commit {shown(rev)}: only variants of this project have")


def _from_project(variant: str) -> TrainedModel:
    check_trained(variant)
    params = load_params()
    vocabulary = Vocabulary.load(CORPUS) if CORPUS.exists() else None
    folder, corpus = params.folder_of(variant), CORPUS.absolute()  # the corpus is read later, perhaps in another folder
    return _read(folder, variant, str(folder), params, params.sample, vocabulary, partial(Corpus.load, corpus))


def _from_commit(variant: str, rev: str) -> TrainedModel:
    """Torch computes, and names are sampled, as today's params.yaml says."""
    params = load_params()
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", variant):  # it becomes part of a path
        raise UserError(f"{shown(variant)} is not the name of a variant")
    scratch = Scratch()
    folder = scratch.path / "model"
    revision = Revision.find(rev, "load")
    folders = [section / variant for section in FOLDERS.values()]
    stored = next((each for each in folders if (each / CONFIG_FILE).as_posix().encode() in revision.lock), folders[0])
    revision.fetch({stored / name: folder / name for name in (CONFIG_FILE, WEIGHTS_FILE, CURVE_FILE)})
    reader = partial(_corpus_at, revision, scratch)
    return _read(folder, variant, f"{stored} at {rev}", params, params.sample, None, reader)


def _corpus_at(revision: Revision, scratch: Scratch) -> Corpus:
    """The corpus of `revision`. Its folder lives as long as `scratch`: it is read in parts."""
    copy = scratch.path / "corpus"
    if not copy.exists():
        revision.fetch({CORPUS: copy})
    return Corpus.load(copy)


def _from_folder(folder: Path, name: str, source: str) -> TrainedModel:
    if not (folder / CONFIG_FILE).exists():
        raise UserError(f"{folder}: not the folder of a model: there is no {CONFIG_FILE}")
    params, path = default_params(), folder / SETTINGS_FILE
    settings = read_json(path) if path.exists() else {"sample": {}}
    if not isinstance(settings, dict) or not isinstance(settings.get("sample"), dict):
        raise damaged(path, "not the settings of a model")
    sample = parse_section(SampleParams, params.sample.model_dump() | settings["sample"], str(path))
    return _read(folder, name, source, params, sample)


def _from_mlflow(uri: str) -> TrainedModel:
    from makemore.tracking.logged_model import download_model  # importing MLflow takes two seconds

    with tempfile.TemporaryDirectory(prefix="makemore-") as scratch:
        return _from_folder(download_model(uri, Path(scratch)), uri.removeprefix(_MLFLOW), uri)


def _read(
    folder: Path,
    name: str,
    source: str,
    params: Params,
    sample: SampleParams,
    vocabulary: Vocabulary | None = None,
    corpus: Callable[[], Corpus] | None = None,
) -> TrainedModel:
    """The model in `folder`. vocabulary: that of the corpus, if there is one here."""
    determinism.configure(params.compute)
    curve = read_curve(folder / CURVE_FILE) if (folder / CURVE_FILE).exists() else []
    return TrainedModel(catalog.load(folder, vocabulary), name, source, sample, curve, corpus)
