"""Would a file of names work, and which parameters would suit it? It is prepared in a temporary folder.

The bundled corpus has the parameters that were tuned for it. What is suggested for others follows docs/your-data.md:
more names take more steps, but fewer passes over them, and few names need a larger share for dev. Steps grow with
names ** 0.75 up to the size of the bundled corpus, where the learning rate falls to zero about when dev is best; with
the square root, training takes twice as long. `python -m benchmarks small_corpora` measures what is suggested.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makemore.core.artifacts import read_artifact
from makemore.core.errors import UserError, first_line
from makemore.core.layout import CARD_FILE
from makemore.core.params import MOST_CHARACTERS, Params, parse_section
from makemore.corpus.card import DataCard, SplitCards
from makemore.corpus.vocabulary import Vocabulary
from makemore.project.defaults import default_params
from makemore.project.preparing import prepare_names

_MARKERS = ".|#_~^$@+*=;:!?,/&%<>"  # end markers to suggest, the first that occurs in no name
_UNUSED = "\u2404"  # the end marker meanwhile: the symbol for "end of transmission", which hardly occurs in names
_TUNED = 6_900  # names in train for which the steps in params.yaml were tuned
_FEWEST_STEPS = 50
_MANY_NAMES = 500_000  # from here on larger batches and longer n-grams pay
_FEW_DEV, _MANY_DEV = 50, 10**6  # names


@dataclass(frozen=True)
class DataCheck:
    """What a file of names contains.

    names, distinct: how many there are, and how many different ones
    characters: how often each occurs, the most frequent first
    longest, mean_length: in characters
    splits: how many names train, dev and test have
    changes: what to set in params.yaml for these names, such as {"data.path": "mine.txt"}
    refused: the variants that cannot be fitted to them on this machine, even with these changes, and why
    """

    names: int
    distinct: int
    characters: dict[str, int]
    longest: int
    mean_length: float
    splits: dict[str, int]
    changes: dict[str, Any]
    refused: dict[str, str]


def check_data(path: str | Path, column: str | None = None) -> DataCheck:
    """What the file or folder at `path` contains, or the `column` of a CSV or Parquet file.

    Raises UserError if it cannot be read, for lines that cannot be names, and if train or dev would be empty.
    """
    params = default_params()
    with tempfile.TemporaryDirectory(prefix="makemore-") as scratch:
        card, vocabulary = _prepared(str(path), column, params, Path(scratch))
    longest = max(map(int, card.lengths))
    splits = {split: getattr(card.splits, split).names for split in SplitCards.model_fields}
    changes = {"data.path": str(path), **dict(_changes(params, column, card.characters, longest, splits))}
    return DataCheck(
        names=card.lines,
        distinct=card.distinct,
        characters=dict(sorted(card.characters.items(), key=lambda item: (-item[1], item[0]))),
        longest=longest,
        mean_length=card.mean_length,
        splits=splits,
        changes=changes,
        refused=dict(_refused(with_changes(params, changes), vocabulary, longest)),
    )


def with_changes(params: Params, changes: dict[str, Any]) -> Params:
    """`params` with other values, by their dotted names."""
    values = params.model_dump()
    set_values(values, changes)
    return parse_section(Params, values, "params.yaml")


def set_values(values: dict[str, Any], changes: dict[str, Any]) -> None:
    """Sets values in the nested mappings `values`, by their dotted names."""
    for key, value in changes.items():
        section = values
        *path, last = key.split(".")
        for name in path:
            section = section[name]
        section[last] = value


def _prepared(path: str, column: str | None, params: Params, scratch: Path) -> tuple[DataCard, Vocabulary]:
    """The data card and the vocabulary of the corpus."""
    folder = prepare_names(params.data, scratch, "data check", path=path, column=column, end_marker=_UNUSED)
    return read_artifact(folder / CARD_FILE, DataCard), Vocabulary.load(folder)


def _refused(params: Params, vocabulary: Vocabulary, longest: int) -> Iterator[tuple[str, str]]:
    # Not at the top: they import torch, which takes seconds, and what is wrong with the names should be said at once.
    from makemore.core.device import training_device
    from makemore.models.base.catalog import parse_config
    from makemore.training.memory import check_fits

    for variant, values in params.variants.items():
        try:
            check_fits(parse_config(variant, values), vocabulary, longest, training_device(params.compute))
        except UserError as error:
            yield variant, first_line(error).removeprefix(f"params.yaml: variants.{variant}: ")


def _changes(
    params: Params, column: str | None, characters: dict[str, int], longest: int, splits: dict[str, int]
) -> Iterator[tuple[str, Any]]:
    """The parameters that should differ from `params`, besides the path."""
    if column != params.data.column:
        yield "data.column", column
    if params.data.end_marker in characters:
        yield "data.end_marker", next((marker for marker in _MARKERS if marker not in characters), _UNUSED)
    if longest > params.data.max_length:
        yield "data.max_length", longest
    if longest >= params.sample.max_length:
        yield "sample.max_length", min(2 * longest, MOST_CHARACTERS)
    if set(params.sample.prefix) - characters.keys():
        yield "sample.prefix", ""
    if splits["dev"] < _FEW_DEV and params.data.dev_share < 0.2 < 1 - params.data.test_share:
        yield "data.dev_share", 0.2
    elif splits["dev"] > _MANY_DEV:
        share = max(0.001, round(params.data.dev_share * _MANY_DEV / splits["dev"], 3))
        yield from (("data.dev_share", share), ("data.test_share", share))
    yield from _changes_of_variants(params, splits)


def _changes_of_variants(params: Params, splits: dict[str, int]) -> Iterator[tuple[str, Any]]:
    many, ratio = splits["train"] >= _MANY_NAMES, splits["train"] / _TUNED
    for variant, values in params.variants.items():
        if not _is_valid(variant, values):  # `refused` says why
            continue
        if not 0.25 <= ratio <= 4:
            yield from ((f"variants.{variant}.{key}", value) for key, value in _for_size(values, ratio))
        if many and values.get("batch_size", 256) < 256:
            yield f"variants.{variant}.batch_size", 256
        if many and values.get("order") == 5:
            yield f"variants.{variant}.order", 6


def _is_valid(variant: str, values: dict[str, Any]) -> bool:
    from makemore.models.base.catalog import parse_config

    try:
        parse_config(variant, values)
    except UserError:
        return False
    return True


def _for_size(values: dict[str, Any], ratio: float) -> Iterator[tuple[str, float]]:
    """What should differ from `values`, the parameters of a variant, for `ratio` times as many names.

    Warm-up and evaluations move with the steps, so the curve keeps its shape: a model memorises a small corpus
    within tens of steps, and its best weights are found only if dev is evaluated before that. The penalty `l2` is added
    to the mean loss of a symbol, so it has to shrink as names are added to weigh as much as the same number of them.
    """
    scaled: dict[str, float] = {}
    if "batch_size" in values:
        exact = values["steps"] * ratio ** (0.75 if ratio < 1 else 0.5)
        steps = max(min(_FEWEST_STEPS, values["steps"]), int(round(exact, -2 if exact >= 1000 else -1)))
        warmup, every = (round(values[key] * steps / values["steps"]) for key in ("warmup_steps", "eval_every"))
        warmup = max(warmup, min(1, values["warmup_steps"]))  # no warm-up remains none
        scaled = {"steps": steps, "warmup_steps": warmup, "eval_every": max(1, every)}
    if "l2" in values:
        scaled["l2"] = float(f"{values['l2'] / ratio:.2g}")
    yield from ((key, value) for key, value in scaled.items() if value != values[key])
