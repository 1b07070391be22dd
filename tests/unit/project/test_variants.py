"""The variants of a project, and their states."""

from pathlib import Path

import pytest

from makemore.core.errors import UserError
from makemore.core.files import read_json, write_json, write_text
from makemore.core.layout import METRICS, MODELS, PARAMS
from makemore.project.variants import Variant, variants


def test_states(project: Path) -> None:
    assert [(each.name, each.state) for each in variants()] == [
        ("count", "trained"),
        ("gpt", "trained"),
        ("mlp", "not trained"),
    ]
    values = read_json(PARAMS)
    values["variants"]["gpt"]["lr"] *= 2
    write_json(PARAMS, values)
    (MODELS / "count" / "weights.safetensors").unlink()
    count, gpt, mlp = variants()
    assert (count.state, gpt.state) == ("not trained", "changed")
    assert count.dev_nll == 2.5, "the committed results are still there"
    assert mlp == Variant("mlp", "mlp", "not trained", None, None)


def test_damaged_results_are_one_line(project: Path) -> None:
    write_text(METRICS / "gpt.json", "{}")
    with pytest.raises(UserError, match=r"reports/metrics/gpt\.json: damaged"):
        variants()
