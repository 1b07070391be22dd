"""AdamW, compared with torch's own, and which optimiser trains which parameter."""

import subprocess
import sys

import pytest
import torch

from makemore.corpus.corpus import Corpus
from makemore.models import gpt
from makemore.models.base.catalog import AnyModel, build
from makemore.training import optimizers
from makemore.training.optimizers import AdamW, make_optimizers
from tests.conftest import CONFIGS, ROOT

PROGRAM = """
import sys, torch
from makemore.training import optimizers
print({"torch._dynamo", "sympy"} & {*sys.modules})
"""


def test_training_imports_no_compiler() -> None:
    """As torch's optimisers do, which takes longer than a small training."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("piece", [4, 2**15])
def test_steps_of_adamw_are_those_of_torch_except_for_rounding(monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    """With matrices, vectors and a scalar, larger and smaller than a piece, and without weight decay for the latter."""
    monkeypatch.setattr(optimizers, "_PIECE", piece)
    generator = torch.Generator().manual_seed(0)
    ours = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in [(5, 3), (7,), (2, 2), ()]]
    theirs = [torch.nn.Parameter(parameter.detach().clone()) for parameter in ours]
    adamw = AdamW(ours, weight_decay=0.1)
    groups = [{"params": theirs[::2], "weight_decay": 0.1}, {"params": theirs[1::2], "weight_decay": 0.0}]
    other = torch.optim.AdamW(groups, betas=(0.9, 0.95))
    for step in range(1, 6):
        for mine, its in zip(ours, theirs, strict=True):
            mine.grad = torch.randn(mine.shape, generator=generator)
            its.grad = mine.grad.clone()
        for group in other.param_groups:
            group["lr"] = 0.01 * step
        adamw.step(0.01 * step)
        other.step()
    for mine, its in zip(ours, theirs, strict=True):
        assert torch.allclose(mine, its, rtol=1e-5, atol=1e-6)


def trained_by(corpus: Corpus, optimizer: str) -> tuple[AnyModel, dict[str, set[str]]]:
    """A model, and the names of the parameters that a step of each optimiser changes."""
    config = gpt.Config.model_validate(CONFIGS["gpt"] | {"optimizer": optimizer})
    model = build(config, corpus.vocabulary, corpus.longest)
    changed = {}
    for each in make_optimizers(model, config):
        before = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
        for parameter in model.parameters():
            parameter.grad = torch.ones_like(parameter)
        each.step(0.1)
        now = model.named_parameters()
        changed[each.name] = {name for name, parameter in now if not torch.equal(parameter, before[name])}
    return model, changed


def test_muon_trains_the_hidden_matrices_and_adamw_the_rest(corpus: Corpus) -> None:
    model, changed = trained_by(corpus, "muon")
    hidden = ("attention.query_key_value", "attention.project", "mlp.widen", "mlp.project")
    muon = {f"blocks.{block}.{name}.weight" for block in range(CONFIGS["gpt"]["n_layer"]) for name in hidden}
    assert changed == {"adamw": {name for name, _ in model.named_parameters()} - muon, "muon": muon}


def test_adamw_trains_everything_by_default(corpus: Corpus) -> None:
    model, changed = trained_by(corpus, "adamw")
    assert changed == {"adamw": {name for name, _ in model.named_parameters()}}
