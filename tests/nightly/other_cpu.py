"""Trains variants for a few steps and prints the hashes of their weights, optimiser state and sampled names.

test_other_cpu.py runs it on this machine's CPU and on an emulated one. Without a VARIANT it trains all of them.

    python -m tests.nightly.other_cpu portable|native [VARIANT ...]
"""

import hashlib
import json
import sys

from makemore.core import determinism
from makemore.core.params import Params, load_params

SHARDED_VARIANT = "gpt-modern"  # its gradients are computed in shards


def main(mode: str, *variants: str) -> None:
    params = load_params()
    compute = params.compute.model_copy(update={"determinism": mode})
    determinism.start(compute)
    import torch

    capability = torch.backends.cpu.get_cpu_capability()
    print(json.dumps({"capability": capability, "hashes": hashes(params, variants or tuple(params.variants))}))


def hashes(params: Params, variants: tuple[str, ...]) -> dict[str, str]:
    """The hash of every tensor of each training (weights, best weights, optimiser state), and of the sampled names."""
    from makemore.corpus.corpus import Corpus
    from makemore.models.base.catalog import build, parse_config
    from makemore.models.base.config import TrainingConfig
    from makemore.sampling import sample
    from makemore.training.loop import Loop, whole_batch
    from makemore.training.process_group import ALONE
    from makemore.training.shards import ShardedGradient

    names = [
        f"{first}{middle}{last}" for first in "abcde" for middle in ("nna", "r", "lio") for last in ("", "a", "beth")
    ]
    corpus = Corpus.of({"train": names[5:], "dev": names[:5], "test": []}, ".")
    found = {}
    for variant in variants:
        values = params.variants[variant]
        few = {"steps": 3, "warmup_steps": 1, "eval_every": 2, "batch_size": 32}
        config = parse_config(variant, values | {key: few[key] for key in values.keys() & few.keys()})
        if isinstance(config, TrainingConfig):
            sharded = variant == SHARDED_VARIANT
            loop = Loop.start(corpus, config, ShardedGradient(4, ALONE) if sharded else whole_batch)
            for _ in range(config.steps):
                loop.take_step()
            tensors, model = loop.state().tensors, loop.best_model()
        else:
            model = build(config, corpus.vocabulary, corpus.longest)
            model.fit(corpus)
            tensors = model.state_dict()
        for name, tensor in tensors.items():
            found[f"{variant}/{name}"] = hashlib.sha256(tensor.numpy().tobytes()).hexdigest()
        sampled = sample(model, params.sample.model_copy(update={"names": 20, "max_length": 12}))
        found[f"{variant}/names"] = hashlib.sha256("\n".join(sampled).encode()).hexdigest()
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
