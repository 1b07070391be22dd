"""params.yaml: what is refused, and in which words."""

import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from makemore.errors import UserError
from makemore.models import parse_config
from makemore.params import load_params
from tests.conftest import ROOT

DEFAULT = (ROOT / "params.yaml").read_text(encoding="utf-8")


def check(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    for variant, values in load_params(path).variants.items():
        parse_config(variant, values)


def with_value(key: str, value: Any) -> str:
    """The default params.yaml with `value` at the dotted `key`."""
    params = yaml.safe_load(DEFAULT)
    *path, last = key.split(".")
    section = params
    for name in path:
        section = section[name]
    section[last] = value
    return yaml.safe_dump(params)


def test_the_default_is_valid(tmp_path: Path) -> None:
    check(tmp_path, DEFAULT)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sample.topk", 3, "sample.topk: unknown key; allowed here: names, seed, batch_size, temperature, top_k,"),
        ("extra", 3, "extra: unknown key; allowed here: data, compute, evaluate, sample, track, variants"),
        ("variants.gpt.n_layers", 3, "variants.gpt: n_layers: unknown key; allowed here: model, steps, optimizer,"),
        ("data.max_length", "ten", "data.max_length: input should be a valid integer, not 'ten'"),
        ("data.max_length", 2.5, "data.max_length: input should be a valid integer, not 2.5"),
        ("data.max_length", 0, "data.max_length: input should be greater than or equal to 1, not 0"),
        ("data.dev_share", 1.0, "data.dev_share: input should be less than 1, not 1.0"),
        ("data.end_marker", "<>", "data.end_marker: string should have at most 1 character, not '<>'"),
        ("compute.determinism", "some", "compute.determinism: input should be 'portable' or 'native', not 'some'"),
        ("compute.threads", 0, "compute.threads: input should be greater than or equal to 1, not 0"),
        ("sample.temperature", 0, "sample.temperature: input should be greater than or equal to 0.001, not 0"),
        ("sample.temperature", math.inf, "sample.temperature: input should be a finite number, not inf"),
        ("sample.seed", 2**64, "sample.seed: input should be less than 9223372036854775808"),
        ("sample.max_length", 0, "sample.max_length: input should be greater than or equal to 1, not 0"),
        ("data.end_marker", " ", "data.end_marker: must be a character that can be seen, not ' '"),
        ("data.end_marker", "\n", "data.end_marker: must be a character that can be seen"),
        ("data.test_share", 0.9, "data.test_share: with dev_share must be less than 1, not 0.9"),
        ("variants.count.smoothing", math.inf, "variants.count: smoothing: input should be a finite number, not inf"),
        ("variants.gpt.warmup_steps", 9999, "variants.gpt: warmup_steps: must be at most steps ("),
        ("variants.count.smoothing", -1, "variants.count: smoothing: input should be greater than or equal to 0"),
        ("variants.count.smoothing", True, "variants.count: smoothing: input should be a valid number, not True"),
        ("variants.count.model", "counts", "variants.count.model: there is no model 'counts'; the models are bigram,"),
        ("variants.gpt.n_embd", 30, "variants.gpt: n_embd: must be divisible by n_head (4), not 30"),
        ("variants.gpt.dropout", 1, "variants.gpt: dropout: input should be less than 1, not 1"),
        ("variants.GPT", {"model": "gpt"}, "variants.GPT: string should match pattern"),
        ("variants", {}, "variants: dictionary should have at least 1 item"),
        ("variants.count", {"model": "count"}, "variants.count: smoothing: missing"),
        ("variants.count", {}, "variants.count.model: there is no model None"),
        ("variants.count", 3, "variants.count: input should be a valid dictionary, not 3"),
        ("data", None, "data: input should be"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, key: str, value: Any, message: str) -> None:
    with pytest.raises(UserError) as error:
        check(tmp_path, with_value(key, value))
    assert message in str(error.value)
    assert str(error.value).count("params.yaml: ") == 1
    assert "\n" not in str(error.value)


def test_several_problems_are_a_line_each(tmp_path: Path) -> None:
    text = with_value("data.max_length", 0).replace("threads: 2", "threads: 0")
    with pytest.raises(UserError) as error:
        check(tmp_path, text)
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["data: [", "", "- 1", "\x00"])
def test_files_that_hold_no_parameters(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: ") as error:
        check(tmp_path, text)
    assert "\n" not in str(error.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no such file; run this in the root of the repository"):
        load_params(tmp_path / "params.yaml")


def test_values_are_those_of_yaml_1_2(tmp_path: Path) -> None:
    """DVC reads `4e-3` as a number and `no` as a string, and may write them so; YAML 1.1 has it the other way."""
    path = tmp_path / "params.yaml"
    path.write_text(DEFAULT.replace("lr: 4.0e-3", "lr: 4e-3").replace('prefix: ""', "prefix: no"), encoding="utf-8")
    assert load_params(path).variants["gpt"]["lr"] == pytest.approx(0.004)
    assert load_params(path).sample.prefix == "no"


def test_a_prefix_as_long_as_the_names(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"sample\.max_length: must be more than the characters of prefix, not 100"):
        check(tmp_path, with_value("sample.prefix", "a" * 100))


@pytest.mark.parametrize("text", ["data: 1\ndata: 2\n"])
def test_a_key_that_stands_twice(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match="found duplicate key"):
        check(tmp_path, text)
