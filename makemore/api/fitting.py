"""Fits a model to your own names, without a project, DVC or MLflow."""

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from makemore.api.model import TrainedModel
from makemore.api.scratch import Scratch
from makemore.core import determinism
from makemore.core.errors import UserError, did_you_mean, shown
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import parse_values
from makemore.preparation.formats import WHOLE_LINE
from makemore.project.data_check import check_data
from makemore.project.defaults import default_params
from makemore.project.preparing import prepare_names
from makemore.training.fit import fit as fit_model

AUTO = "auto"


def fit(
    variant: str,
    names: Iterable[str] | Path,
    *,
    column: str | None = None,
    weight: str | None = None,
    max_length: int | None = None,
    end_marker: str = ".",
    dev_share: float | None = None,
    skip_bad: bool = False,
    **changes: Any,
) -> TrainedModel:
    """A model of `variant`, fitted to `names`.

    variant: its parameters are those of params.yaml in the current folder, or else of the one in this package
    names: the names themselves, or a file or folder of them (docs/your-data.md). As in the pipeline, they are split by
        hash into train, dev and test; the weights that are best on dev are kept
    column, weight: of a table: the name or number of the column with the names, and of the one with their counts
    max_length: the most characters of a name; None: any number, or what `check_data` allows with steps="auto"
    end_marker: a character that occurs in no name
    dev_share: the fraction of the distinct names that dev gets; None as in params.yaml
    skip_bad: leave out lines that cannot be names
    changes: other values for parameters of the variant, such as steps=500; fewer steps have a shorter warm-up. With
        steps="auto", the parameters and dev_share are those that `check_data` suggests for these names

    The same arguments give the same bytes, which are those of the pipeline for the same names and parameters. A bar
    shows the progress on a terminal. Ctrl-C raises `Interrupted`: nothing is kept.

    Raises UserError for an unknown variant or parameter, for lines that cannot be names, if train or dev would be
    empty, and if the model needs more than this machine has.
    """
    params = default_params()
    if variant not in params.variants:
        hint = did_you_mean(variant, params.variants)
        raise UserError(f"there is no variant {shown(variant)}; {hint}the variants are {', '.join(params.variants)}")
    scratch = Scratch()
    path = names if isinstance(names, Path) else scratch.path / "names.txt"
    if not isinstance(names, Path):
        if column is not None or weight is not None:
            raise UserError("column and weight are of a table: names must then be a Path")
        path.write_bytes(_lines(names))
        column = WHOLE_LINE  # whatever these names look like
    values = params.variants[variant]
    data: dict[str, Any] = {"column": column, "weight": weight, "skip_bad": skip_bad, "end_marker": end_marker}
    data |= {} if max_length is None else {"max_length": max_length}
    try:
        if changes.get("steps") == AUTO:
            suggested = check_data(path, column, weight, max_length, skip_bad).changes
            own = f"variants.{variant}."
            values = values | {key.removeprefix(own): value for key, value in suggested.items() if key.startswith(own)}
            dev_share = suggested.get("data.dev_share") if dev_share is None else dev_share
            changes = {key: value for key, value in changes.items() if key != "steps"}
        data |= {} if dev_share is None else {"dev_share": dev_share}
        config = parse_values(f"fit: {variant}", _changed(values, changes))
        determinism.configure(params.compute)
        folder = prepare_names(params.data, scratch.path, "fit", path=str(path), **data).folder
    except UserError as error:
        raise UserError(_in_words_of_fit(str(error), path, names)) from None
    corpus = Corpus.load(folder)
    some = corpus.with_some_dev(params.evaluate.curve_names)
    module, curve = fit_model(config, some, variant, shards=params.compute.shards)
    source, reader = f"{len(corpus.names['train']):,} names", partial(_corpus, folder, scratch)
    return TrainedModel(module, variant, source, params.sample, curve, reader)


def _corpus(folder: Path, _: Scratch) -> Corpus:
    """The corpus in `folder`, which lives as long as this function's arguments: it is read in parts."""
    return Corpus.load(folder)


def _changed(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`values` of a variant with `changes`. The warm-up shrinks with the steps, unless it is changed too."""
    steps, before, warmup = changes.get("steps"), values.get("steps"), values.get("warmup_steps")
    if isinstance(steps, int) and before and warmup and 0 < steps < before:
        changes = {"warmup_steps": max(1, round(warmup * steps / before)), **changes}
    return values | changes


def _in_words_of_fit(error: str, path: Path, names: object) -> str:
    """What is wrong with the file at `path`, for somebody who has called `fit` with `names`."""
    if not isinstance(names, Path):
        error = error.replace(str(path), "names")
    error = error.replace("--skip-bad, data.skip_bad", "skip_bad=True")
    error = re.sub(r"--(column|weight|max-length) ", lambda option: f"{option[1].replace('-', '_')}=", error)
    error = error.replace("data.column", "column").replace("data.max_length", "max_length")
    return error.replace("data.end_marker", "end_marker").replace("data.dev_share", "dev_share")


def _lines(given: Iterable[str]) -> bytes:
    """The names that are `given` as the lines of a file."""
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise UserError(f"names must be a list of names, or a Path for a file of them, not {shown(given)}")
    names = list(given)
    for name in names:
        if not isinstance(name, str) or "\n" in name or "\r" in name:
            raise UserError(f"names: {shown(name)} is not a name; each must be a string without line breaks")
    try:
        return "\n".join(names).encode()
    except UnicodeEncodeError as error:
        raise UserError(f"names: {shown(error.object[error.start])} is not a character") from None
