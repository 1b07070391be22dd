"""Trains every kind of model on the GPU for a few steps and prints the hashes and the losses on dev as JSON.

    python -m tests.gpu.trained exact|native|bfloat16          torchrun --nproc-per-node=2 -m tests.gpu.trained exact

Gradients are computed in the shards of tests/distributed/hashes.py.
"""

import json
import sys

from tests.distributed.hashes import CASES, NAMES, SHARDS, hashes  # first: it starts torch

# isort: split
import torch

from makemore.core import determinism
from makemore.core.device import CPU, training_device
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import parse_config
from makemore.training.fit import fit
from makemore.training.process_group import join
from makemore.training.shards import ShardedGradient
from tests.conftest import PARAMS

COMPUTE: dict[str, dict[str, object]] = {
    "exact": {"arithmetic": "exact"},
    "native": {"arithmetic": "native"},
    "bfloat16": {"arithmetic": "native", "bfloat16": True},
}


def losses(device: torch.device) -> dict[str, float]:
    """The NLL on dev of each case after training on `device`, in nats per symbol, before calibration."""
    corpus = Corpus.of({"train": NAMES[10:], "dev": NAMES[:10], "test": []}, ".")
    return {
        case: fit(parse_config(case, values), corpus, case, device=device)[1][-1].dev_nll
        for case, values in CASES.items()
    }


def main(mode: str) -> None:
    compute = PARAMS.compute.model_copy(update={"device": "cuda", **COMPUTE[mode]})
    determinism.configure(compute)
    device = training_device(compute)
    with join("key", SHARDS) as group:
        gradient = ShardedGradient(SHARDS, group)
        found = {"hashes": hashes(gradient, device), "cpu_hashes": hashes(gradient)}
        if group.is_leader:
            on_gpu, on_cpu = (losses(device), losses(CPU)) if group.size == 1 else ({}, {})
            print(json.dumps(found | {"cuda": on_gpu, "cpu": on_cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
