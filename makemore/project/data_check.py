"""Would a file of names work? It is prepared in a temporary folder, and nothing is trained."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makemore.core.errors import UserError, first_line
from makemore.core.params import Params
from makemore.corpus.card import DataCard, SplitCards
from makemore.corpus.vocabulary import Vocabulary
from makemore.project.defaults import default_params
from makemore.project.preparing import SHARE_OF_FEW, Prepared, prepare_names
from makemore.project.suggestions import UNUSED_MARKER, suggested, with_changes

_FEW_DEV, _MANY_DEV = 50, 10**6  # names
_FEW = 200  # distinct names
_TIMES_MEDIAN = 10  # a name with more characters is refused


@dataclass(frozen=True)
class DataCheck:
    """What a file of names contains.

    names, distinct: how many there are, and how many different ones
    characters: how often each occurs, the most frequent first
    longest, mean_length: in characters
    splits: how many names train, dev and test have
    changes: what to set in params.yaml for these names, such as {"data.path": "mine.txt"}
    refused: the variants that cannot be fitted to them on this machine, even with these changes, and why
    notes: what to know about results from such names
    skipped: lines that cannot be names and were left out
    """

    names: int
    distinct: int
    characters: dict[str, int]
    longest: int
    mean_length: float
    splits: dict[str, int]
    changes: dict[str, Any]
    refused: dict[str, str]
    notes: list[str]
    skipped: int = 0


def check_data(
    path: str | Path,
    column: str | None = None,
    weight: str | None = None,
    max_length: int | None = None,
    skip_bad: bool = False,
) -> DataCheck:
    """What the file or folder at `path` contains.

    column, weight: of a table: the name or number of the column with the names, and of the one with their counts
    max_length: characters; without it, a few names that are much longer than the others are refused
    skip_bad: leave out lines that cannot be names

    Raises UserError if the file cannot be read, for lines that cannot be names, and for fewer than ten names.
    """
    params = default_params()
    own: dict[str, Any] = {"path": str(path), "column": column, "weight": weight, "skip_bad": skip_bad}
    own |= {} if max_length is None else {"max_length": max_length}
    with tempfile.TemporaryDirectory(prefix="makemore-") as scratch:
        found = _prepared(params, Path(scratch), own)
        vocabulary = Vocabulary.load(found.folder)
    card, longest = found.card, max(map(int, found.card.lengths))
    splits = {split: getattr(card.splits, split).names for split in SplitCards.model_fields}
    chosen = {**own, "dev_share": found.data.dev_share, "test_share": found.data.test_share, "seed": found.data.seed}
    changes = {"data.path": str(path)}
    changes |= {f"data.{key}": value for key, value in chosen.items() if value != getattr(params.data, key)}
    changes |= dict(suggested(params, card.characters, longest, splits))
    smaller, refused = _fitting(with_changes(params, changes), vocabulary, longest)
    return DataCheck(
        names=card.lines,
        distinct=card.distinct,
        characters=dict(sorted(card.characters.items(), key=lambda item: (-item[1], item[0]))),
        longest=longest,
        mean_length=card.mean_length,
        splits=splits,
        changes=changes | smaller,
        refused=refused,
        notes=_notes(card),
        skipped=card.skipped,
    )


def _notes(card: DataCard) -> list[str]:
    few = f"{card.distinct} distinct names are few: differences between models may be chance"
    return [few] if card.distinct < _FEW else []


def _prepared(params: Params, folder: Path, own: dict[str, Any]) -> Prepared:
    """The corpus, split as the pipeline will split it: with shares that suit the number of names."""

    def prepared(**values: Any) -> Prepared:
        return prepare_names(params.data, folder, "data check", end_marker=UNUSED_MARKER, **own | values)

    found = prepared()
    lengths = {int(length): count for length, count in found.card.lengths.items()}
    if "max_length" not in own and max(lengths) > (limit := _length_limit(lengths, params.data.max_length)):
        try:
            found = prepared(max_length=limit)  # which names these lines, or leaves them out
        except UserError as error:
            allow = f"if they are names, --max-length {max(lengths)} allows them"
            raise UserError(f"{error}\nmost names are much shorter; {allow}") from None
        own = own | {"max_length": limit}
    dev, data = found.card.splits.dev.names, found.data
    if dev < _FEW_DEV and data.dev_share < SHARE_OF_FEW < 1 - data.test_share:
        return prepared(dev_share=SHARE_OF_FEW)
    if dev > _MANY_DEV:
        share = max(0.001, round(data.dev_share * _MANY_DEV / dev, 3))
        return prepared(dev_share=share, test_share=share)
    return found


def _length_limit(lengths: dict[int, int], usual: int) -> int:
    """The characters of a name beyond which it is more likely to be a pasted paragraph.

    lengths: how many names have each length
    usual: a length that is never too long
    """
    names, below = sum(lengths.values()), 0
    for length in sorted(lengths):
        below += lengths[length]
        if 2 * below >= names:  # the median
            break
    return max(usual, _TIMES_MEDIAN * length)


def _fitting(params: Params, vocabulary: Vocabulary, longest: int) -> tuple[dict[str, Any], dict[str, str]]:
    """What to change so that variants can be fitted on this machine, and which cannot be fitted, and why."""
    # Not at the top: they import torch, which takes seconds, and what is wrong with the names should be said at once.
    from makemore.core.device import training_device
    from makemore.models.base.catalog import parse_config
    from makemore.training.memory import check_fits

    changes: dict[str, Any] = {}
    refused: dict[str, str] = {}
    device = training_device(params.compute)
    for variant, values in params.variants.items():
        for change in _smaller(values):
            try:
                check_fits(parse_config(variant, values | change), vocabulary, longest, device)
            except UserError as error:
                refused.setdefault(variant, first_line(error).removeprefix(f"params.yaml: variants.{variant}: "))
            else:
                changes |= {f"variants.{variant}.{key}": value for key, value in change.items()}
                refused.pop(variant, None)
                break
    return changes, refused


def _smaller(values: dict[str, Any]) -> Iterator[dict[str, int]]:
    """Changes of the parameters of a variant to try: none, then shorter n-grams, whose tables grow with the symbols."""
    yield {}
    if isinstance(order := values.get("ngram_embedding"), int):
        yield from ({"ngram_embedding": smaller} for smaller in range(order - 1, 0, -1))
