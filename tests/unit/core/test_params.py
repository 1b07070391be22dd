"""params.yaml: which values are refused and with which message, merge keys, and that DVC reads the same values."""

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.serialize import parse_yaml  # type: ignore[import-untyped]
from ruamel.yaml import YAML

from makemore.core.errors import UserError
from makemore.core.params import load_params
from makemore.models.base.catalog import parse_config
from tests.conftest import PARAMS, ROOT

DEFAULT = (ROOT / "params.yaml").read_text(encoding="utf-8")


def check(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    for variant, values in load_params(path).variants.items():
        parse_config(variant, values)


def with_value(key: str, value: Any) -> str:
    """The committed params.yaml with `value` at the dotted `key`."""
    params = yaml.safe_load(DEFAULT)
    *path, last = key.split(".")
    section = params
    for name in path:
        section = section[name]
    section[last] = value
    return yaml.safe_dump(params)


def with_variants(text: str) -> str:
    """The committed params.yaml with `text` as its last section, `variants`."""
    return DEFAULT[: DEFAULT.index("variants:")] + text


def test_committed_file_is_valid(tmp_path: Path) -> None:
    check(tmp_path, DEFAULT)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("sample.topk", 3, "sample.topk: unknown key; did you mean 'top_k'? allowed here: names, seed,"),
        ("extra", 3, "extra: unknown key; allowed here: data, compute, evaluate, sample, track, variants"),
        (
            "variants.gpt.n_layers",
            3,
            "variants.gpt: n_layers: unknown key; did you mean 'n_layer'? allowed here: model,",
        ),
        ("data.max_length", "ten", "data.max_length: input should be a valid integer, not 'ten'"),
        ("data.max_length", 2.5, "data.max_length: input should be a valid integer, not 2.5"),
        ("data.max_length", 0, "data.max_length: input should be greater than or equal to 1, not 0"),
        ("data.dev_share", 1.0, "data.dev_share: input should be less than 1, not 1.0"),
        ("data.end_marker", "<>", "data.end_marker: string should have at most 1 character, not '<>'"),
        ("data.end_marker", " ", "data.end_marker: must be a visible character, not ' '"),
        ("data.end_marker", "\n", "data.end_marker: must be a visible character, not '\\n'"),
        ("data.test_share", 0.9, "data.test_share: must be less than 1 together with dev_share, not 0.9"),
        ("compute.arithmetic", "some", "compute.arithmetic: input should be 'exact' or 'native', not 'some'"),
        ("compute.shards", 0, "compute.shards: input should be greater than or equal to 1, not 0"),
        ("sample.temperature", -1, "sample.temperature: input should be greater than or equal to 0, not -1"),
        (
            "sample.temperature",
            1e-4,
            "sample.temperature: must be 0, for the most likely symbol each time, or at",
        ),
        ("sample.temperature", math.inf, "sample.temperature: input should be a finite number, not inf"),
        ("sample.seed", 2**64, "sample.seed: input should be less than 4294967296"),
        ("sample.max_length", 0, "sample.max_length: input should be greater than or equal to 1, not 0"),
        ("sample.prefix", "a" * 100, "sample.max_length: must be more than the length of prefix, not 100"),
        ("variants.count.smoothing", math.inf, "variants.count: smoothing: input should be a finite number, not inf"),
        ("variants.count.smoothing", -1, "variants.count: smoothing: input should be greater than or equal to 0"),
        ("variants.count.smoothing", True, "variants.count: smoothing: input should be a valid number, not True"),
        (
            "variants.count.model",
            "counts",
            "variants.count.model: there is no model 'counts'; did you mean 'count'? the",
        ),
        ("variants.gpt.warmup_steps", 9999, "variants.gpt: warmup_steps: must be at most steps (1500), not 9999"),
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
def test_bad_value_is_an_error_of_one_line(tmp_path: Path, key: str, value: Any, message: str) -> None:
    with pytest.raises(UserError) as error:
        check(tmp_path, with_value(key, value))
    assert message in str(error.value)
    assert str(error.value).count("params.yaml: ") == 1
    assert "\n" not in str(error.value)


def test_several_problems_have_a_line_each(tmp_path: Path) -> None:
    text = with_value("data.max_length", 0).replace("shards: 1", "shards: 0")
    with pytest.raises(UserError) as error:
        check(tmp_path, text)
    assert len(str(error.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"data: [", "not valid YAML: "),
        (b"<<<<<<< HEAD\ndata: 1\n=======\ndata: 2\n>>>>>>> other\n", "has a merge conflict; resolve it"),
        (b"", "the file: input should be"),
        (b"- 1", "the file: input should be"),
        (b"\0", "not valid YAML: "),
        (b"data: 1\ndata: 2\n", "found duplicate key"),
        (b"data: *nowhere\n", "not valid YAML: "),
        (b"data: \xff\n", "not valid YAML: .*invalid start byte"),
    ],
)
def test_file_without_parameters_is_an_error_of_one_line(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "params.yaml").write_bytes(content)
    with pytest.raises(UserError, match=rf"params\.yaml: .*{message}") as error:
        load_params(tmp_path / "params.yaml")
    assert "\n" not in str(error.value)


def test_missing_file_is_an_error_that_says_where_to_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"params\.yaml: no such file; run this in the root of the repository"):
        load_params(tmp_path / "params.yaml")


def test_merge_key_inherits_what_the_variant_does_not_override(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(
        with_variants(
            "variants:\n"
            "  one: &one {model: count, smoothing: 1}\n"
            "  same:\n    <<: *one\n"
            "  two: &two\n    <<: *one\n    smoothing: 2\n"
            "  three:\n    <<: *two\n"
        ),
        encoding="utf-8",
    )
    assert load_params(path).variants == {
        "one": {"model": "count", "smoothing": 1},
        "same": {"model": "count", "smoothing": 1},
        "two": {"model": "count", "smoothing": 2},
        "three": {"model": "count", "smoothing": 2},
    }


def test_params_of_a_variant_are_its_own_and_those_of_the_sections() -> None:
    found = PARAMS.of_variant("count", ("data", "compute"))
    assert found.items() >= {"variant": "count", **PARAMS.variants["count"], "compute.shards": 1}.items()
    assert {name.partition(".")[0] for name in found} == {"variant", "model", "smoothing", "data", "compute"}


# DVC decides by its own reading of params.yaml which stages to rerun, so it must read the same values.


def test_dvc_reads_the_same_values_from_the_committed_file() -> None:
    assert load_params(ROOT / "params.yaml").model_dump(exclude_unset=True) == parse_yaml(DEFAULT, "params.yaml")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1e-3", 0.001),
        ("1.0e-3", 0.001),
        ("1E5", 1e5),
        ("010", 10),
        ("0o10", 8),
        ("0x10", 16),
        ("1_000", 1000),
        ("no", "no"),
        ("on", "on"),
        ("true", True),
        ("~", None),
        ("1:30", "1:30"),
        (".5", 0.5),
        ("'1'", "1"),
        ("{<<: *base, b: 2}", {"a": 1, "b": 2}),
        ("{a: 3, <<: *base}", {"a": 3}),
        ("{<<: [*base, *other]}", {"a": 1, "c": 4}),
        ("2020-01-01", None),
    ],
)
def test_dvc_reads_the_same_value(tmp_path: Path, value: str, expected: Any) -> None:
    """By YAML 1.2: `1e-3` is a number and `no` is a string. YAML 1.1, which PyYAML reads, has them the other way."""
    text = with_variants(f"variants:\n  base: &base {{a: 1}}\n  other: &other {{a: 2, c: 4}}\n  x:\n    y: {value}\n")
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    found = load_params(path).variants
    by_dvc = parse_yaml(text, "params.yaml")["variants"]
    assert found == by_dvc
    assert type(found["x"]["y"]) is type(by_dvc["x"]["y"])
    if value != "2020-01-01":
        assert found["x"]["y"] == expected


def inheritance() -> dict[str, list[str]]:
    """The parents of each variant in the committed file that has a merge key."""
    variants = YAML().load(DEFAULT)["variants"]
    name_of = {id(values): name for name, values in variants.items()}
    children = {name: values.merge.value for name, values in variants.items() if values.merge}
    return {name: [name_of[id(parent)] for parent in parents] for name, parents in children.items()}


def test_committed_variants_inherit_from_their_plain_form() -> None:
    assert inheritance() == {"gru": ["rnn"], "lstm": ["rnn"], "gpt-modern": ["gpt"]}


def test_inheritance_never_crosses_models() -> None:
    """A variant would otherwise get keys that its model does not have, or lose some when another file changes."""
    for name, parents in inheritance().items():
        assert [PARAMS.variants[parent]["model"] for parent in parents] == [PARAMS.variants[name]["model"]]
