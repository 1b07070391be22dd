"""The data card of a corpus: how many names, which characters and lengths, and the size of each split."""

from typing import Annotated

from pydantic import Field, StringConstraints

from makemore.core.artifacts import Artifact
from makemore.core.results import Character, Count

Length = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,5}$")]  # in characters; the keys of JSON are strings


class SplitCard(Artifact):
    """How many names a split has. tokens: the symbols that a model predicts, with the end marker of each name."""

    names: Count = Field(alias="words")  # the file says words, as it always has: other keys would retrain everything
    distinct: Count
    tokens: Count
    also_in_train: Count = Field(alias="words_also_in_train")


class SplitCards(Artifact):
    """All splits."""

    train: SplitCard
    dev: SplitCard
    test: SplitCard


class DataCard(Artifact):
    """card.json of the corpus. lines, distinct, characters, lengths: of the file of names, without one of dev names.

    skipped: lines of both files that cannot be names and were left out; only written if there are any
    """

    lines: int = Field(ge=1)
    distinct: int = Field(ge=1)
    characters: dict[Character, Count] = Field(min_length=1)
    lengths: dict[Length, Count] = Field(min_length=1)
    splits: SplitCards
    skipped: Count = 0

    @property
    def mean_length(self) -> float:
        """Characters per name."""
        return sum(int(length) * count for length, count in self.lengths.items()) / self.lines
