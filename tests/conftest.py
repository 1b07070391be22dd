"""What several test folders share. Tests compute in the environment of the stages, which is set here, before torch."""

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, configuration, settings

from makemore.core import determinism
from makemore.core.params import DataParams, load_params

for variable in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):  # of `make test`: a make in a test is not a part of that one
    os.environ.pop(variable, None)

ROOT = Path(__file__).parent.parent
PARAMS = load_params(ROOT / "params.yaml")
determinism.configure(PARAMS.compute)

# The same examples each time; no time limits, because the machine may be busy; no files in the checkout.
settings.register_profile(
    "makemore", derandomize=True, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("makemore")
configuration.set_hypothesis_home_dir(ROOT / ".pytest_cache" / "hypothesis")

from makemore.corpus.corpus import Corpus  # noqa: E402

FEW_NAMES = [
    *("emma", "olivia", "ava", "isabella", "sophia", "mia", "ann", "bo", "emma", "zoe", "max", "noel", "ivy", "lea")
]
TRAINING: dict[str, Any] = {
    "steps": 30,
    "optimizer": "adamw",
    "batch_size": 8,
    "lr": 0.01,
    "warmup_steps": 5,
    "weight_decay": 0.1,
    "eval_every": 10,
    "seed": 1,
}
CLASSIC = {  # the parts of GPT-2
    "positions": "learned",
    "norm": "layer",
    "qk_norm": False,
    "activation": "gelu",
    "tied_head": False,
    "ngram_embedding": 1,
    "ngram_dropout": 0.0,
}
MODERN = {  # the parts that came after GPT-2, all of them
    "positions": "rotary",
    "norm": "rms",
    "qk_norm": True,
    "activation": "relu2",
    "tied_head": True,
    "ngram_embedding": 3,
    "ngram_dropout": 0.3,
    "optimizer": "muon",
}
CONFIGS: dict[str, dict[str, Any]] = {  # a small, quick config of each model
    "uniform": {"model": "uniform"},
    "count": {"model": "count", "smoothing": 1},
    "ngram": {"model": "ngram", "order": 4},
    "bigram": {"model": "bigram", "steps": 30, "lr": 10.0, "l2": 0.01, "eval_every": 10, "seed": 1},
    "bow": {"model": "bow", "n_embd": 16, "n_hidden": 32, "dropout": 0.1, **TRAINING, "lr": 0.001},
    "mlp": {"model": "mlp", "block_size": 3, "n_embd": 8, "n_hidden": 32, "dropout": 0.1, **TRAINING},
    "rnn": {"model": "rnn", "cell": "gru", "n_embd": 8, "n_hidden": 16, "dropout": 0.1, **TRAINING},
    "wavenet": {"model": "wavenet", "n_layer": 2, "kernel_size": 2, "n_embd": 16, "dropout": 0.1, **TRAINING},
    "gpt": {"model": "gpt", "n_layer": 2, "n_head": 2, "n_embd": 16, "dropout": 0.1, **CLASSIC, **TRAINING},
}
CONFIGS["ensemble"] = {
    "model": "ensemble",
    "members": {name: CONFIGS[name] for name in ("ngram", "gpt")},
    "weights": "fitted",
}


@pytest.fixture(scope="session")
def data() -> DataParams:
    """The data section of params.yaml."""
    return PARAMS.data


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    """A few names, split by hand."""
    return Corpus.of({"train": FEW_NAMES[:10], "dev": FEW_NAMES[10:12], "test": FEW_NAMES[12:]}, ".")
