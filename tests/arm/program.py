"""Runs a pipeline in one process and prints the hash of each of its outputs, for machines.py.

    python -m tests.arm.program        in the folder of a project, with PYTHONPATH

Weights are rounded when a training ends, which could hide a difference. So each training also takes a few steps on its
own, in shards, and the program prints the hashes of the weights, their gradients and the state of the optimiser.
"""

import hashlib
import json
import platform
import sys
from pathlib import Path

from makemore.core import determinism
from makemore.core.params import Params, load_params

SHARDS = 3
STEPS = 2


def main() -> None:
    determinism.avoid_avx512()
    params = load_params()
    determinism.configure(params.compute)
    from stages import check, combine, evaluate, prepare, prune, report, sample, tidy

    check.run(params)
    tidy.run(params)
    prepare.run(params)
    hashes: dict[str, str] = {}
    for variant in params.all_variants:
        if variant in params.ensembles:
            combine.run(params, variant)
        else:
            hashes |= after_some_steps(params, variant)
            train(params, variant)
        evaluate.run(params, variant)
        sample.run(params, variant)
        print(f"{variant} is done", file=sys.stderr, flush=True)
    prune.run(params)
    report.run(params)
    files = sorted(path for folder in ("artifacts", "reports") for path in Path(folder).rglob("*") if path.is_file())
    hashes |= {str(path): digest(path.read_bytes()) for path in files}
    import torch

    kernels = torch.backends.cpu.get_cpu_capability()
    versions = {"machine": platform.machine(), "torch": torch.__version__, "kernels": kernels}
    print(json.dumps({**versions, "threads": torch.get_num_threads(), "hashes": hashes}))


def after_some_steps(params: Params, variant: str) -> dict[str, str]:
    """The hash of every tensor of a training that has not ended; nothing for a model that the loop does not train."""
    from makemore.core.layout import CORPUS
    from makemore.corpus.corpus import Corpus
    from makemore.models.base.catalog import parse_config
    from makemore.models.base.config import TrainingConfig
    from makemore.training.loop import Loop
    from makemore.training.process_group import ALONE
    from makemore.training.shards import ShardedGradient

    config = parse_config(variant, params.variants[variant])
    if not isinstance(config, TrainingConfig):
        return {}
    loop = Loop.start(Corpus.load(CORPUS), config, ShardedGradient(SHARDS, ALONE))
    found = {f"{variant}/initial/{name}": tensor.clone() for name, tensor in loop.model.state_dict().items()}
    for _ in range(STEPS):
        loop.update_weights()
    found |= {f"{variant}/{name}": tensor for name, tensor in loop.state().tensors.items()}
    found |= {f"{variant}/grad/{name}": p.grad for name, p in loop.model.named_parameters() if p.grad is not None}
    return {name: digest(tensor.numpy().tobytes()) for name, tensor in found.items()}


def train(params: Params, variant: str) -> None:
    """The stage train without the journal, which is for MLflow."""
    from makemore.core.curve import write_curve
    from makemore.core.layout import CORPUS, CURVE_FILE, MODELS
    from makemore.corpus.corpus import Corpus
    from makemore.models.base import catalog
    from makemore.training.fit import fit

    config = catalog.parse_config(variant, params.variants[variant])
    model, curve = fit(config, Corpus.load(CORPUS), variant)
    catalog.save(model, MODELS / variant)
    write_curve(MODELS / variant / CURVE_FILE, curve)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


if __name__ == "__main__":
    main()
