"""params.yaml of any size and shape gets a short error of one line, quickly, and never a traceback."""

import os
import time
from pathlib import Path

import pytest

from makemore.core.errors import UserError
from makemore.core.params import load_params
from makemore.core.yaml import DEEPEST, MOST_BYTES, MOST_VALUES, parse_yaml
from makemore.models.base.catalog import parse_config
from tests.conftest import ROOT

DEFAULT = (ROOT / "params.yaml").read_text(encoding="utf-8")
BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 12)
)
DEEP = "[" * 3000 + "]" * 3000
DIGITS = "9" * 5000
LONG = "x" * 5000


def check(path: Path) -> None:
    for variant, values in load_params(path).variants.items():
        parse_config(variant, values)


def error_of(tmp_path: Path, text: str) -> str:
    path = tmp_path / "params.yaml"
    path.write_text(text, encoding="utf-8")
    start = time.monotonic()
    with pytest.raises(UserError) as error:
        check(path)
    assert time.monotonic() - start < 5
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{DEFAULT}\nextra: {DEEP}\n", f"nested more than {DEEPEST} levels deep"),
        (f"{DEFAULT}\nextra: {'{a: ' * 3000}1{'}' * 3000}\n", f"nested more than {DEEPEST} levels deep"),
        (BOMB + DEFAULT, f"more than {MOST_VALUES:,} values, counting each alias as a copy"),
        (f"{DEFAULT}\nextra: &a [*a]\n", "the alias 'a' refers to a value that contains it"),
        (DEFAULT + "#" * MOST_BYTES, f"larger than {MOST_BYTES:,} bytes"),
        (DEFAULT.replace("shards: 1", f"shards: {DIGITS}"), "not valid YAML: Exceeds the limit"),
        (DEFAULT.replace("shards: 1", "shards: 2020-13-45"), "not valid YAML: month must be in 1..12"),
        (DEFAULT.replace("shards: 1", "shards: !!bool x"), "not valid YAML: "),
        (DEFAULT.replace("shards: 1", "shards: !!int ''"), "not valid YAML: "),
        (DEFAULT.replace("shards: 1", f"shards: {LONG}"), "compute.shards: input should be a valid integer, not"),
        (DEFAULT.replace("shards: 1", f"{LONG[:900]}: 2"), "unknown key"),
        (DEFAULT.replace("shards: 1", 'shards: 1\n  "a\\nb\\e[31m": 2'), "compute.'a\\nb\\x1b[31m': unknown key"),
        (DEFAULT.replace("model: uniform", f"model: {LONG}"), "variants.uniform.model: there is no model 'xxx"),
        (DEFAULT.replace("model: uniform", 'model: "a\\nb"'), "there is no model 'a\\nb'"),
        (DEFAULT.replace("  uniform:", f"  {LONG[:101]}:"), "string should have at most 100 characters"),
        (DEFAULT.replace("path: datasets/names.txt", 'path: "a\\0b"'), "data.path: must have no control characters"),
        (DEFAULT.replace("path: datasets/names.txt", f"path: {LONG}"), "data.path: string should have at most"),
        (DEFAULT.replace("experiment: makemore", 'experiment: "a\\nb"'), "track.experiment: must have no control"),
    ],
)
def test_excess_is_a_short_error(tmp_path: Path, text: str, message: str) -> None:
    error = error_of(tmp_path, text)
    assert message in error
    for line in error.splitlines():
        assert line.startswith((f"{tmp_path / 'params.yaml'}: ", "params.yaml: "))
        assert len(line.removeprefix(str(tmp_path))) < 450
        assert line.isprintable()


def test_many_problems_are_counted_and_not_listed(tmp_path: Path) -> None:
    error = error_of(tmp_path, DEFAULT + "".join(f"extra{number}: 1\n" for number in range(1000)))
    assert len(error.splitlines()) == 11
    assert error.endswith("params.yaml: and 990 more problems")


def test_file_at_the_bounds_is_parsed() -> None:
    assert parse_yaml(b"[" * DEEPEST + b"]" * DEEPEST) is not None
    text = f"a: &a [{', '.join('1' * 999)}]\nb: [{', '.join(['*a'] * 98)}]\n"
    assert len(parse_yaml(text.encode())["b"]) == 98


@pytest.mark.parametrize("name", ["fifo", "folder", "/dev/zero"])
def test_only_a_regular_file_is_read(tmp_path: Path, name: str) -> None:
    """A pipe would block, and /dev/zero would never end."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match=r"cannot be read \((not a regular file|Is a directory; move the folder away)"):
        load_params(tmp_path / name)
