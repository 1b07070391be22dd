"""What the stages train, evaluate and sample write about a variant, as JSON.

Infinite losses are allowed: a count model without smoothing has them.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from makemore.core.artifacts import Artifact

Nll = Annotated[float, Field(ge=0)]  # nats
Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Character = Annotated[str, StringConstraints(min_length=1, max_length=1)]


def _check_symbols(symbols: list[str]) -> list[str]:
    end_marker, *characters = symbols
    if sorted({*characters} - {end_marker}) != characters:
        raise ValueError("its characters are not sorted and distinct")
    return symbols


Symbols = Annotated[list[Character], Field(min_length=2), AfterValidator(_check_symbols)]


class SavedModel(Artifact):
    """config.json of a model; the model validates `config` itself."""

    config: dict[str, Any]
    vocabulary: Symbols
    longest: int = Field(ge=1, lt=2**31)


class SplitMetrics(Artifact):
    """The losses on one split."""

    nll: Nll
    bits_per_char: Nll
    perplexity: float = Field(ge=1)
    n_tokens: int = Field(ge=1)


class HeldOutMetrics(SplitMetrics):
    """The losses on dev or test, and the interval of the NLL, which a split of few names does not have.

    interval_names: how many distinct names the interval is computed from, if not from all of them
    """

    nll_low: Nll | None = None
    nll_high: Nll | None = None
    interval_names: Count | None = None


class Metrics(Artifact):
    """The metrics of a variant; a split without names has none."""

    model: str
    n_params: Count
    train: SplitMetrics
    dev: HeldOutMetrics
    test: HeldOutMetrics | None

    def on(self, split: str) -> SplitMetrics | None:
        """The losses on `split`, if it has names."""
        return {"train": self.train, "dev": self.dev, "test": self.test}[split]


class ExtremeNames(Artifact):
    """Names with their NLL."""

    most_likely: dict[str, Nll]
    least_likely: dict[str, Nll]


class Details(Artifact):
    """The details of a variant's losses."""

    dev_nll_by_position: list[Nll] = Field(min_length=1)
    dev_names: ExtremeNames


class Statistics(Artifact):
    """The statistics of a variant's sampled names."""

    names: int = Field(ge=1)
    new: Share
    distinct: Share
    mean_length: float = Field(ge=0)
    corpus_mean_length: float = Field(gt=0)
    cut: Share
