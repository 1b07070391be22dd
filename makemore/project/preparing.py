"""Prepares names in a temporary folder, by the code of the pipeline's stage `prepare`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from makemore.core.artifacts import read_artifact
from makemore.core.errors import UserError
from makemore.core.layout import CARD_FILE
from makemore.core.params import MOST_CHARACTERS, DataParams, parse_section
from makemore.corpus.card import DataCard
from makemore.preparation.prepare import EmptySplit, prepare

FEWEST = 10  # distinct names
SHARE_OF_FEW = 0.2  # for dev
_SEEDS = 20  # to try: with this share, one seed in ten puts none of ten names into dev


class Prepared(NamedTuple):
    """The folder of a corpus, its data card, and the parameters that it was prepared with."""

    folder: Path
    card: DataCard
    data: DataParams


def prepare_names(data: DataParams, folder: Path, where: str, **values: Any) -> Prepared:
    """The corpus, in `folder`, that `prepare` makes with the parameters `data`, changed by `values`.

    Names may be as long as any, unless `values` has a max_length, and dev is split off. If names are so few that none
    is in dev, dev gets a larger share, and perhaps another seed. `where` is the prefix of errors about parameters.

    Raises UserError like prepare, and for fewer than FEWEST distinct names.
    """
    no_dev, corpus = folder / "no-dev.txt", folder / "corpus"
    no_dev.touch()
    own = {"dev_path": str(no_dev), "max_length": MOST_CHARACTERS}
    section = parse_section(DataParams, data.model_dump() | own | values, where)
    problem: UserError
    for tried in _for_few_names(section):
        try:
            prepare(tried, "", corpus, folder / "chunks")
        except EmptySplit as error:
            _refuse_too_few(section.path, error.distinct)
            problem = error
        else:
            card = read_artifact(corpus / CARD_FILE, DataCard)
            _refuse_too_few(section.path, card.distinct)
            return Prepared(corpus, card, tried)
    raise problem


def _refuse_too_few(path: str, distinct: int) -> None:
    if distinct < FEWEST:
        raise UserError(
            f"{path}: {distinct} distinct names are too few to split into train, dev and test; have {FEWEST} at least"
        )


def _for_few_names(section: DataParams) -> Iterator[DataParams]:
    """`section`, then its changes to try while a split is empty."""
    yield section
    dev_share = SHARE_OF_FEW if section.dev_share < SHARE_OF_FEW < 1 - section.test_share else section.dev_share
    for seed in range(section.seed, section.seed + _SEEDS):
        yield section.model_copy(update={"dev_share": dev_share, "seed": seed % 2**32})
