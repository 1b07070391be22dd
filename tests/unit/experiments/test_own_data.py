"""The parameters of an experiment on one's own names."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from makemore.core.params import Params, parse_section
from makemore.core.yaml import parse_yaml
from makemore.experiments.own_data import changed
from tests.conftest import PARAMS, ROOT

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=1000)


def read(text: str) -> dict[str, Any]:
    return parse_section(Params, parse_yaml(text.encode()), "params.yaml").model_dump()


@given(LINES)
@example("é.txt")
@example("Größe")
@example("0")
@example("true")
@example("1e3")
@example("null")
@example("~")
@example("a: b # c")
@example("'\"${x}")
def test_every_path_and_column_arrives_unchanged(text: str) -> None:
    found = read(changed(TEXT, {"data.path": text, "data.column": text}, []))
    assert (found["data"]["path"], found["data"]["column"]) == (text, text)


@pytest.mark.parametrize("left_out", [[], ["gpt"], ["rnn", "gru"], ["gpt", "rnn", "mlp", "count"]])
def test_values_are_set_and_variants_left_out_and_everything_else_stays(left_out: list[str]) -> None:
    wanted = PARAMS.model_dump()
    wanted["data"]["column"] = None
    wanted["data"]["dev_share"] = 0.2
    wanted["variants"]["gpt-modern"]["steps"] = 7
    for variant in left_out:
        del wanted["variants"][variant]
    changes = {"data.column": None, "data.dev_share": 0.2, "variants.gpt-modern.steps": 7}
    text = changed(TEXT, changes, left_out)
    assert read(text) == wanted
    assert "# All parameters of the pipeline." in text
