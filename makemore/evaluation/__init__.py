"""The exact negative log likelihood (NLL) of any model on any set of names.

Exact: every symbol of every name counts once, including the end marker, and sums are taken in float64. Nothing is
sampled. The unit is nats per predicted symbol; bits per character is NLL / ln 2, perplexity is exp(NLL).
"""

from makemore.evaluation.extremes import Extremes
from makemore.evaluation.losses import BatchLosses, Likelihood, likelihood, summary
from makemore.evaluation.scores import score, score_list, score_symbols
from makemore.evaluation.symbols import small_batches

__all__ = [
    "BatchLosses",
    "Extremes",
    "Likelihood",
    "likelihood",
    "score",
    "score_list",
    "score_symbols",
    "small_batches",
    "summary",
]
