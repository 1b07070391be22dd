"""Trains every kind of model for a few steps and prints the hash of the weights and the optimiser state of each.

    torchrun --nproc-per-node=2 -m tests.distributed.hashes

It adds the gradients twice: as a tree, as we do, and by all_reduce, as most data-parallel training does.
"""

import hashlib
import json

from tests.conftest import CONFIGS, FEW_NAMES, MODERN  # first: it starts torch

# isort: split
import torch
from torch import Tensor

from makemore.arithmetic import random
from makemore.core.device import CPU
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import AnyModel, parse_config
from makemore.models.base.config import TrainingConfig
from makemore.models.base.model import Teacher
from makemore.training.loop import Gradient, Loop
from makemore.training.process_group import ProcessGroup, join
from makemore.training.shards import ShardedGradient, share, sort_rows

SHARDS = 4
NAMES = [first + second for first in FEW_NAMES for second in FEW_NAMES]
CASES = {
    **{name: values for name, values in CONFIGS.items() if "batch_size" in values},
    "rnn-muon": CONFIGS["rnn"] | {"cell": "rnn", "optimizer": "muon"},
    "lstm": CONFIGS["rnn"] | {"cell": "lstm"},
    "gpt-modern": CONFIGS["gpt"] | MODERN,
}


def all_reduced(group: ProcessGroup) -> Gradient:
    """Data-parallel training as usual, with the same shards: their gradients are added by all_reduce."""

    def compute(model: AnyModel, rows: Tensor, _: int, step: int, teacher: Teacher) -> float:
        parts = sort_rows(rows).tensor_split(SHARDS)
        model.zero_grad()
        for shard in share(SHARDS, group.rank, group.size):
            random.manual_seed(step * SHARDS + shard)
            (model.loss(parts[shard], teacher(parts[shard])) * len(parts[shard]) / len(rows)).backward()
        for parameter in model.parameters():
            if group.size > 1:
                torch.distributed.all_reduce(parameter.grad)
        return 0.0

    return compute


def hashes(gradient: Gradient, device: torch.device = CPU) -> dict[str, str]:
    """The hash of the weights and the optimiser state of each case."""
    corpus = Corpus.of({"train": NAMES[10:], "dev": NAMES[:10], "test": []}, ".")
    found = {}
    for case, values in CASES.items():
        config = parse_config(case, values | {"steps": 5, "warmup_steps": 1, "batch_size": 33})
        assert isinstance(config, TrainingConfig)
        loop = Loop.start(corpus, config, gradient, device)
        for _ in range(config.steps):
            loop.update_weights()
        digest = hashlib.sha256()
        for tensor in loop.state().tensors.values():
            digest.update(tensor.cpu().numpy().tobytes())
        found[case] = digest.hexdigest()
    return found


def all_hashes(group: ProcessGroup) -> dict[str, dict[str, str]]:
    return {"tree": hashes(ShardedGradient(SHARDS, group)), "all_reduce": hashes(all_reduced(group))}


if __name__ == "__main__":
    with join("key", SHARDS) as joined:
        result = all_hashes(joined)
        if joined.is_leader:
            print(json.dumps(result))
