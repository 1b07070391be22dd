"""Which optimiser trains which parameter."""

from makemore.training.uncompiled import AdamW

from makemore.corpus.corpus import Corpus
from makemore.models import gpt
from makemore.models.base.catalog import build
from makemore.training.muon import Muon
from makemore.training.optimizers import make_optimizers
from tests.conftest import CONFIGS


def trained_by(corpus: Corpus, optimizer: str) -> tuple[gpt.Config, list[list[set[str]]], set[str]]:
    """The config, the names in each group of each optimiser, and all names."""
    config = gpt.Config.model_validate(CONFIGS["gpt"] | {"optimizer": optimizer})
    model = build(config, corpus.vocabulary, corpus.longest)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    optimizers = make_optimizers(model, config)
    assert [type(each) for each in optimizers] == [AdamW, Muon][: len(optimizers)]
    groups = [[{names[id(p)] for p in group["params"]} for group in each.param_groups] for each in optimizers]
    return config, groups, set(names.values())


def test_muon_trains_the_hidden_matrices_and_adamw_the_rest(corpus: Corpus) -> None:
    config, (adamw, (muon,)), names = trained_by(corpus, "muon")
    hidden = ("attention.query_key_value", "attention.project", "mlp.widen", "mlp.project")
    assert muon == {f"blocks.{block}.{name}.weight" for block in range(config.n_layer) for name in hidden}
    assert set.union(*adamw) == names - muon


def test_adamw_trains_everything_by_default(corpus: Corpus) -> None:
    _, (adamw,), names = trained_by(corpus, "adamw")
    assert set.union(*adamw) == names


def test_weight_decay_applies_to_matrices_only(corpus: Corpus) -> None:
    config = gpt.Config.model_validate(CONFIGS["gpt"])
    (adamw,) = make_optimizers(build(config, corpus.vocabulary, corpus.longest), config)
    assert [group["weight_decay"] for group in adamw.param_groups] == [config.weight_decay, 0.0]
    _, ((matrices, vectors),), names = trained_by(corpus, "adamw")
    assert vectors == {name for name in names if "norm" in name or name.endswith("bias")} != set()
    assert matrices == names - vectors
