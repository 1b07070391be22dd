"""Any params.yaml is either refused in short lines, or its values are those that DVC reads."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.serialize import parse_yaml  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from makemore.core.params import Params, load_params
from makemore.models.base.catalog import parse_config
from tests.conftest import ROOT
from tests.fuzz import EXAMPLES
from tests.fuzz.lines import accepted

DEFAULT = (ROOT / "params.yaml").read_text(encoding="utf-8")
VALUES: dict[str, Any] = yaml.safe_load(DEFAULT)
KEYS = [(section, key) for section in VALUES for key in VALUES[section]] + [
    ("variants", variant, key) for variant, values in VALUES["variants"].items() for key in values
]

NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**63, 2**64, 10**400, 1e308, -1e308, 5e-324, float("inf"), float("nan")])
TEXT = st.text(max_size=20) | st.sampled_from(["\0", "a\nb", "\x1b[31m", "x" * 5000, "/dev/zero", "../" * 2000, "~"])
SCALAR = st.none() | st.booleans() | NUMBERS | st.integers() | st.floats() | TEXT
VALUE = st.recursive(SCALAR, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
SNIPPET = st.sampled_from(
    ["[" * 3000, "{a: " * 60, "9" * 5000, "&a [*a]", "*nowhere", "!!int ''", "!!bool x", "!!python/none", "2020-99-99",
     "<<: *rnn", "<<: 3", "? [a]", "%YAML 1.1", "---", "...", "\t", "\0", "\ufeff", "'", '"', "|", ">", "&", "\x85"]
)  # fmt: skip


def check(path: Path) -> Params:
    params = load_params(path)
    for variant, values in params.variants.items():
        parse_config(variant, values)
    return params


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("params") / "params.yaml"


def check_text(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    params = accepted(lambda: check(path))
    if params is not None:
        assert params.model_dump() == parse_yaml(content.decode(), str(path))


@settings(max_examples=EXAMPLES)
@given(key=st.sampled_from(KEYS), value=VALUE, extra=st.none() | TEXT)
def test_any_value(path: Path, key: tuple[str, ...], value: object, extra: str | None) -> None:
    """At any key of the committed file, or at a new key beside it."""
    values = yaml.safe_load(DEFAULT)
    section = values
    for name in key[:-1]:
        section = section[name]
    section[key[-1] if extra is None else extra] = value
    check_text(path, yaml.dump(values, allow_unicode=True).encode("utf-8", "surrogatepass"))


@settings(max_examples=EXAMPLES)
@given(start=st.integers(0, len(DEFAULT)), length=st.integers(0, 200), text=SNIPPET | TEXT)
def test_any_edit(path: Path, start: int, length: int, text: str) -> None:
    """A piece of the committed file replaced by something else."""
    check_text(path, (DEFAULT[:start] + text + DEFAULT[start + length :]).encode("utf-8", "surrogatepass"))


@settings(max_examples=EXAMPLES)
@given(content=st.binary(max_size=300) | st.lists(SNIPPET | TEXT).map(lambda parts: os.fsencode("\n".join(parts))))
def test_any_file(path: Path, content: bytes) -> None:
    check_text(path, content)
