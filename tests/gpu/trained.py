"""Trains every kind of model for a few steps and prints the hashes and the losses on dev as JSON.

    python -m tests.gpu.trained cuda|cpu exact|native|bfloat16
    torchrun --nproc-per-node=2 -m tests.gpu.trained cuda exact

Gradients are computed in the shards of tests/distributed/hashes.py. bfloat16 is native arithmetic with it.
"""

import json
import sys

from tests.distributed.hashes import CASES, NAMES, SHARDS, hashes  # first: it starts torch

# isort: split
import torch

from makemore.core import determinism
from makemore.core.device import training_device
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import parse_config
from makemore.training.fit import fit
from makemore.training.process_group import join
from makemore.training.shards import ShardedGradient
from tests.conftest import PARAMS


def losses(device: torch.device) -> dict[str, float]:
    """The NLL on dev of each case after training on `device`, in nats per symbol, before calibration."""
    corpus = Corpus.of({"train": NAMES[10:], "dev": NAMES[:10], "test": []}, ".")
    return {
        case: fit(parse_config(case, values), corpus, case, device=device)[1][-1].dev_nll
        for case, values in CASES.items()
    }


def main(device: str, arithmetic: str) -> None:
    half = arithmetic == "bfloat16"
    compute = PARAMS.compute.model_copy(
        update={"device": device, "arithmetic": "native" if half else arithmetic, "bfloat16": half}
    )
    determinism.configure(compute)
    used = training_device(compute)
    with join("key", SHARDS) as group:
        found = hashes(ShardedGradient(SHARDS, group), used)
        if group.is_leader:
            print(json.dumps({"hashes": found, "losses": losses(used) if group.size == 1 else {}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
