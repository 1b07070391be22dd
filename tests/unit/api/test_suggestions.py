"""With the suggested parameters, trained models are better than counting pairs, even on a hundred names.

Dev is small then, so models are compared on several splits. docs/your-data.md has the results of all variants.
"""

import pytest

from benchmarks.small_corpora import FILES, dev_losses, suggested
from tests.conftest import PARAMS

TRAINED = ["bigram", "ngram", "bow", "mlp", "rnn", "gpt"]


@pytest.mark.parametrize(
    ("corpus", "seed", "variants"),
    [*(("elements", seed, TRAINED) for seed in (1, 2, 3)), ("places", 1, ["bigram", "ngram", "rnn"])],
)
def test_trained_models_beat_counting(corpus: str, seed: int, variants: list[str]) -> None:
    params = suggested(PARAMS, FILES[corpus])
    params.variants["gpt"]["n_layer"] = 1  # of 3, to save time
    losses = {name: nats / symbols for name, (nats, symbols) in dev_losses(params, ["count", *variants], seed).items()}
    margins = {name: losses["count"] - losses[name] for name in variants}
    assert min(margins.values()) > 0.1, margins
