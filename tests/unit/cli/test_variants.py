"""variants, new-variant and data check: what they print."""

import json
from pathlib import Path

import pytest

from makemore.core.files import write_text
from makemore.core.layout import PARAMS
from tests.conftest import FEW_NAMES, ROOT
from tests.unit.cli.conftest import Makemore
from tests.unit.conftest import LOSSES, TRAINED

pytestmark = pytest.mark.usefixtures("project")


def test_variants(makemore: Makemore) -> None:
    status, output, error = makemore("variants")
    assert (status, error) == (0, "")
    header, *rows = [line.split() for line in output.splitlines()]
    assert header == ["variant", "model", "parameters", "dev", "NLL"]
    assert rows[0][:3] == ["count", "count", "trained"]
    assert rows[0][-1] == f"{LOSSES['nll']:.4f}"
    assert rows[2] == ["mlp", "mlp", "not", "trained"]
    _, output, _ = makemore("variants", "--json")
    found = {each["name"]: (each["state"], each["dev_nll"]) for each in json.loads(output)}
    assert found == {**dict.fromkeys(TRAINED, ("trained", LOSSES["nll"])), "mlp": ("not trained", None)}


def test_best_variant_is_bold(makemore: Makemore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    _, output, _ = makemore("variants")
    assert [line.startswith("\x1b[1m") for line in output.splitlines()[1:]] == [True, False, False]


def test_new_variant(makemore: Makemore) -> None:
    PARAMS.write_bytes((ROOT / PARAMS).read_bytes())
    status, output, error = makemore("new-variant", "deep", "--like", "gpt", "-S", "n_layer=4", "--set", "lr=1e-3")
    assert (status, error) == (0, "")
    entry = "  deep:\n    <<: *gpt\n    n_layer: 4\n    lr: 0.001\n"
    assert output == f"added to params.yaml:\n\n{entry}\ntrain it: makemore repro\n"
    assert f"\n\n{entry}" in PARAMS.read_text(encoding="utf-8")


def test_data_check(makemore: Makemore) -> None:
    names = [f"{first} {second}" for first in FEW_NAMES for second in FEW_NAMES]
    write_text(Path("my names.txt"), "\n".join(names))
    status, output, error = makemore("data", "check", "my names.txt")
    assert (status, error) == (0, "")
    lines = dict(line.split(maxsplit=1) for line in output.splitlines() if line and not line.startswith("try"))
    assert lines["names"] == "196, 169 distinct"
    assert lines["characters"].startswith("16, the most frequent first: a")
    assert "parameter   data.dev_share: 0.2" in output.splitlines()
    assert output.splitlines()[-1] == "try it: makemore repro --data 'my names.txt'"
    _, output, _ = makemore("data", "check", "my names.txt", "--json")
    found = json.loads(output)
    assert found["changes"]["data.path"] == "my names.txt"
    assert sum(found["splits"].values()) == 196


def test_data_check_of_bad_lines_names_them(makemore: Makemore) -> None:
    write_text(Path("bad.txt"), "emma\nzo\u202ee\n")
    status, output, error = makemore("data", "check", "bad.txt")
    assert (status, output) == (2, "")
    assert error == (
        "error: bad.txt:2: control character U+202E inside a name; remove it, "
        "or leave out bad lines (--skip-bad, data.skip_bad)\n"
    )
    write_text(Path("bad.txt"), "\n".join(["zo\u202ee", *(a + b for a in FEW_NAMES for b in FEW_NAMES)]))
    _, output, _ = makemore("data", "check", "bad.txt", "--skip-bad")
    assert "\nbad lines   1 left out\n" in output
    assert "\nparameter   data.skip_bad: True\n" in output
    assert output.splitlines()[-1] == "try it: makemore repro --data bad.txt --skip-bad"
