"""Everything that the report tells, in numbers: what is computed once, for the page and for the Markdown.

The report is cheap, whatever the corpus. Models run on a handful of names only, which are looked up by number; the
losses of all dev names come from the evaluate stage.
"""

import math
from dataclasses import dataclass

import numpy as np

from makemore.corpus.card import DataCard
from makemore.corpus.corpus import Corpus
from makemore.report.costs import Costs, costs
from makemore.report.dev_names import DevNames
from makemore.report.pairs import Pairs
from makemore.report.stage_outputs import Result, best_of
from makemore.report.steps import Step, steps
from makemore.sampling import known_names
from makemore.statistics.ranking import Ranking, rank

SAMPLES_SHOWN = 12  # of each variant
DISAGREEMENTS = 6  # names in each direction
EXAMPLE_CHARACTERS = range(4, 9)  # of the name that explains the loss


@dataclass(frozen=True)
class Story:
    """The numbers of the report.

    card: the data card of the corpus
    results: all variants, the best on dev first
    ranking: the same by groups that cannot be told apart
    steps: the models from counting to attention, and what each one bought
    pairs: which symbol follows which
    reference: what the best variant is compared with: the best other count model, or else the second best variant
    example: a dev name that is about as hard as all of them, under the uniform model, the reference and the best
    for_best, for_reference: dev names that the one finds more likely than the other; empty if both are the same variant
    known: those of the sampled names shown that are in the corpus
    """

    card: DataCard
    results: list[Result]
    ranking: Ranking
    steps: list[Step]
    pairs: Pairs
    reference: Result
    example: Costs
    for_best: list[Costs]
    for_reference: list[Costs]
    known: set[str]

    @classmethod
    def of(cls, results: list[Result], corpus: Corpus, card: DataCard, dev: DevNames) -> "Story":
        """The story of `results`, in any order."""
        ranking = rank(dev.losses)
        by_variant = {result.variant: result for result in results}
        ordered = [by_variant[variant] for group in ranking.groups for variant in group]
        best, reference = ordered[0], best_of("count", ordered[1:]) or ordered[:2][-1]
        example = [dev.typical(best.variant, EXAMPLE_CHARACTERS)]
        better = dev.cheaper(best.variant, reference.variant, DISAGREEMENTS)
        worse = dev.cheaper(reference.variant, best.variant, DISAGREEMENTS)
        rows = corpus.names["dev"].take(dev.first[np.array([*example, *better, *worse])])
        chosen = (best_of("uniform", ordered), reference, best)
        found = costs(rows, {result.variant: result.model for result in chosen if result})
        return cls(
            card=card,
            results=ordered,
            ranking=ranking,
            steps=steps(ordered, dev.losses),
            pairs=Pairs.of(ordered, corpus),
            reference=reference,
            example=found[0],
            for_best=found[1 : 1 + len(better)],
            for_reference=found[1 + len(better) :],
            known=known_names({name for result in ordered for name in result.names[:SAMPLES_SHOWN]}, corpus),
        )

    @property
    def best(self) -> Result:
        """The variant with the lowest dev NLL."""
        return self.results[0]

    @property
    def variants(self) -> list[str]:
        """The names of all variants, the best first."""
        return [result.variant for result in self.results]

    @property
    def count_nll(self) -> float | None:
        """The lowest dev NLL of a count model; None if there is none."""
        return min((result.nll("dev") for result in self.results if result.metrics.model == "count"), default=None)

    @property
    def has_ensembles(self) -> bool:
        """Whether some variants are ensembles."""
        return best_of("ensemble", self.results) is not None

    def gap(self, result: Result) -> float:
        """Its dev NLL minus that of the best count model; NaN without one."""
        return math.nan if self.count_nll is None else result.nll("dev") - self.count_nll

    def rank(self, result: Result) -> int:
        """The number of its group in `ranking`, from 1."""
        return next(number for number, group in enumerate(self.ranking.groups, 1) if result.variant in group)
