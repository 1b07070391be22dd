"""Sizes that no machine has are refused before any work starts."""

import re
from typing import Any

import pytest
import torch
from makemore.estimates import SMALLEST, Estimate, Sizes, check_variants, estimate
from torch import nn

from makemore import estimates
from makemore.core import device
from makemore.core.errors import UserError
from makemore.core.memory import machine_memory, out_of_memory
from makemore.core.params import Params
from makemore.corpus.vocabulary import Vocabulary
from makemore.models.base.catalog import build, parse_config
from stages import __main__ as stages_main
from tests.conftest import CONFIGS, PARAMS

LETTERS = Vocabulary(tuple(".abcdefghijklmnopqrstuvwxyz"))
NAMES = Sizes(LETTERS, longest=15, names=7_000, symbols=50_000)


def params(variants: dict[str, Any], **sample: Any) -> Params:
    values = PARAMS.model_dump()
    return Params.model_validate(values | {"variants": variants, "sample": values["sample"] | sample})


def test_all_default_variants_fit_a_machine_of_4_gb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "machine_memory", lambda: 4 * 10**9)
    check_variants(PARAMS, NAMES)


@pytest.mark.parametrize("model", [name for name, config in CONFIGS.items() if "optimizer" in config])
def test_the_parameters_are_those_of_the_model(model: str) -> None:
    config = parse_config(model, CONFIGS[model])
    assert estimate(config, NAMES).parameters == build(config, LETTERS, 15).n_params


def test_memory_includes_what_the_backward_pass_needs() -> None:
    """The MLP saves its inputs, the hidden layer, its dropout, and the probabilities."""
    few, many = (estimate(parse_config("mlp", CONFIGS["mlp"] | {"batch_size": size}), NAMES) for size in (1, 1001))
    positions = (many.memory - few.memory) / 1000 / 16
    assert 4 * (24 + 32 + 32 + 27) <= positions <= 3 * 4 * (24 + 32 + 32 + 27)


@pytest.mark.parametrize(
    ("model", "changes", "key"),
    [
        ("count", {"smoothing": 1e308}, "smoothing"),
        ("ngram", {"order": 10**9}, "order"),
        ("bigram", {"steps": 10**12}, "steps"),
        ("bigram", {"lr": 1e308}, "lr"),
        ("bow", {"n_embd": 10**6}, "n_embd"),
        ("bow", {"n_hidden": 10**9}, "n_hidden"),
        ("mlp", {"block_size": 10**9}, "block_size"),
        ("mlp", {"steps": 10**12}, "steps"),
        ("rnn", {"n_hidden": 10**9}, "n_hidden"),
        ("rnn", {"lr": 1e308}, "lr"),
        ("wavenet", {"n_layer": 40}, "kernel_size ** n_layer"),
        ("wavenet", {"n_layer": 10**9}, "n_layer"),
        ("gpt", {"n_layer": 10**9}, "n_layer"),
        ("gpt", {"ngram_embedding": 10**9}, "ngram_embedding"),
    ],
)
def test_single_sizes_have_bounds(model: str, changes: dict[str, Any], key: str) -> None:
    with pytest.raises(UserError, match=rf"params.yaml: variants.{model}.*{re.escape(key)}"):
        parse_config(model, CONFIGS[model] | changes)


@pytest.mark.parametrize(
    ("model", "changes"),
    [
        ("bow", {"n_embd": 2**16, "n_hidden": 2**16}),
        ("mlp", {"n_embd": 2**16, "n_hidden": 2**16, "block_size": 10_000}),
        ("rnn", {"n_hidden": 2**16}),
        ("wavenet", {"n_embd": 2**16, "n_layer": 13}),
        ("gpt", {"n_embd": 2**16, "n_layer": 100}),
    ],
)
def test_sizes_that_are_too_large_together_are_refused_with_the_estimate(model: str, changes: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        check_variants(params({"large": CONFIGS[model] | changes, "uniform": {"model": "uniform"}}), SMALLEST)
    pattern = r"params.yaml: variants.large: training [\d,]+ parameters needs at least [\d,.]+ GB of memory, "
    assert re.fullmatch(pattern + r"but this machine has [\d,.]+ GB; make .* smaller", str(refused.value))


def test_a_batch_of_long_names_can_be_too_large() -> None:
    variant = CONFIGS["gpt"] | {"batch_size": 10**6}
    check_variants(params({"gpt": variant}), SMALLEST)
    with pytest.raises(UserError, match=r"variants.gpt: training [\d,]+ parameters needs at least"):
        check_variants(params({"gpt": variant}), Sizes(LETTERS, longest=1_000, names=10**6, symbols=10**9))


def test_a_training_of_more_than_a_year_is_refused() -> None:
    variant = CONFIGS["gpt"] | {"n_embd": 2048, "steps": 10**9, "batch_size": 64}
    with pytest.raises(UserError, match=r"variants.slow: .* takes at least [\d,]+ days on the \d+ cores"):
        check_variants(params({"slow": variant}), NAMES)


def test_what_depends_on_the_corpus_names_the_variant() -> None:
    chinese = Sizes(Vocabulary((".", *map(chr, range(0x4E00, 0x4E00 + 6_000)))), longest=4, names=10**4, symbols=10**5)
    variants = {"pairs": CONFIGS["gpt"] | {"ngram_embedding": 2}, "table": CONFIGS["count"], "fits": CONFIGS["rnn"]}
    with pytest.raises(UserError) as refused:
        check_variants(params(variants), chinese)
    pairs, table = str(refused.value).splitlines()
    assert pairs.startswith("params.yaml: variants.pairs: ngram_embedding: 2 of 6001 symbols take 36,012,001")
    assert table.startswith("params.yaml: variants.table: a table of all pairs of symbols allows at most 5,000")


def test_sampling_needs_memory_too(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (estimates, device):
        monkeypatch.setattr(module, "machine_memory", lambda: 10**8)
    with pytest.raises(UserError, match=r"params.yaml: sample.batch_size: 1,000,000 names in one batch need at least"):
        check_variants(params({"uniform": {"model": "uniform"}}, names=10**6, batch_size=10**6), NAMES)


def test_estimating_allocates_no_weights() -> None:
    config = parse_config("gpt", CONFIGS["gpt"] | {"n_embd": 8192})
    assert estimate(config, SMALLEST).parameters > 10**9


def test_models_initialise_as_before_outside_an_estimate() -> None:
    torch.manual_seed(1)
    assert nn.init.normal_(torch.empty(3)).tolist() != [0, 0, 0]


def test_the_memory_of_the_machine_is_known() -> None:
    assert 10**8 < machine_memory() < 10**14


def test_lack_of_memory_is_one_line() -> None:
    with pytest.raises(RuntimeError) as lacking:
        torch.empty(10**15)
    line = out_of_memory(lacking.value)
    assert line is not None
    assert re.fullmatch(r"out of memory \(4000000000000000 bytes at once\); this machine has .* GB: .*", line)
    assert (out_of_memory(MemoryError()) or "").startswith("out of memory; this machine has")
    assert out_of_memory(RuntimeError("something else")) is None


def test_an_estimate_is_compared_with_the_machine() -> None:
    with pytest.raises(UserError, match=r"at least 1,000,000.0 GB"):
        estimates._check_fits(Estimate(parameters=1, memory=10**15, seconds=1.0), device.CPU)


def test_a_stage_that_lacks_memory_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def lacking(stage: str, variant: str | None) -> None:
        torch.empty(10**15)

    monkeypatch.setattr(stages_main, "_run", lacking)
    monkeypatch.setattr("sys.argv", ["stages", "train", "gpt"])
    assert stages_main.main() == 2
    assert re.fullmatch(
        r"error: train gpt: out of memory \(.* at once\); this machine has .*\n", capsys.readouterr().err
    )
