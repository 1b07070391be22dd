"""Fits a model to your own names, without a project, DVC or MLflow."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from makemore.api.model import TrainedModel
from makemore.core import determinism
from makemore.core.errors import UserError, shown
from makemore.core.params import DataParams
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import parse_values
from makemore.project.defaults import default_params
from makemore.project.preparing import prepare_names
from makemore.training.fit import fit as fit_model


def fit(variant: str, names: Sequence[str] | Path, *, end_marker: str = ".", **changes: Any) -> TrainedModel:
    """A model of `variant`, fitted to `names`.

    variant: its parameters are those of params.yaml in the current folder, or else of the one in this package
    names: the names themselves, or a file or folder of them (docs/your-data.md). As in the pipeline, they are split by
        hash into train, dev and test; the weights that are best on dev are kept
    end_marker: a character that occurs in no name
    changes: other values for parameters of the variant, such as steps=500

    The same arguments give the same bytes, which are those of the pipeline for the same names and parameters. A bar
    shows the progress on a terminal. Ctrl-C raises `Interrupted`: nothing is kept.

    Raises UserError for an unknown variant or parameter, for lines that cannot be names, if train or dev would be
    empty, and if the model needs more than this machine has.
    """
    params = default_params()
    if variant not in params.variants:
        raise UserError(f"there is no variant {shown(variant)}; the variants are {', '.join(params.variants)}")
    values = params.variants[variant] | changes
    determinism.configure_torch(params.compute)
    config = parse_values(f"fit: {variant}", values)
    scratch = tempfile.TemporaryDirectory(prefix="makemore-")
    corpus = _prepared(names, end_marker, params.data, Path(scratch.name))
    some = corpus.with_some_dev(params.evaluate.curve_names)
    module, curve = fit_model(config, some, variant, shards=params.compute.shards)

    def read_corpus(_: object = scratch) -> Corpus:  # the folder lives as long as this function: it is read in parts
        return corpus

    return TrainedModel(module, variant, f"{len(corpus.names['train']):,} names", params.sample, curve, read_corpus)


def _prepared(names: Sequence[str] | Path, end_marker: str, data: DataParams, folder: Path) -> Corpus:
    """The corpus of `names`, prepared in `folder` as by the pipeline."""
    listed = folder / "names.txt"
    if not isinstance(names, Path):
        listed.write_bytes(_lines(names))
    path = str(names if isinstance(names, Path) else listed)
    try:
        return Corpus.load(prepare_names(data, folder, "fit", path=path, column=None, end_marker=end_marker).folder)
    except UserError as error:
        raise UserError(str(error).replace(str(listed), "names").replace("data.end_marker", "end_marker")) from None


def _lines(names: Sequence[str]) -> bytes:
    """`names` as the lines of a file."""
    if isinstance(names, str):
        raise UserError(f"names must be a list of names, or a Path for a file of them, not {shown(names)}")
    for name in names:
        if not isinstance(name, str) or "\n" in name or "\r" in name:
            raise UserError(f"names: {shown(name)} is not a name; each must be a string without line breaks")
    try:
        return "\n".join(names).encode()
    except UnicodeEncodeError as error:
        raise UserError(f"names: {shown(error.object[error.start])} is not a character") from None
