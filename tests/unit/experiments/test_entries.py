"""What the user typed -> the variants of a sweep."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.core.params import Params, parse_section
from makemore.experiments.entries import Entry, grid
from tests.conftest import PARAMS

VALUES = st.one_of(
    st.integers(-(10**6), 10**6),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.from_regex(r"[A-Za-z][A-Za-z0-9_.-]{0,8}", fullmatch=True),
)


def entries(*settings: str) -> dict[str, Entry]:
    return grid([*settings], PARAMS).entries


def test_every_combination_of_the_values_of_a_variant_is_an_entry() -> None:
    found = entries("variants.gpt.lr=choice(0.002,0.003)  variants.gpt.n_layer=1,2", "variants.rnn.seed=range(7,9)")
    assert found == {
        "gpt-lr-0p002-n_layer-1": Entry("gpt", {"lr": 0.002, "n_layer": 1}),
        "gpt-lr-0p002-n_layer-2": Entry("gpt", {"lr": 0.002, "n_layer": 2}),
        "gpt-lr-0p003-n_layer-1": Entry("gpt", {"lr": 0.003, "n_layer": 1}),
        "gpt-lr-0p003-n_layer-2": Entry("gpt", {"lr": 0.003, "n_layer": 2}),
        "rnn-seed-7": Entry("rnn", {"seed": 7}),
        "rnn-seed-8": Entry("rnn", {"seed": 8}),
    }


def test_values_that_a_variant_has_already_are_no_entry() -> None:
    found = grid(["variants.gpt.seed=choice(1,2,2)", "variants.rnn.cell=choice(gru,lstm)"], PARAMS)
    assert list(found.entries) == ["gpt-seed-2", "rnn-cell-gru", "rnn-cell-lstm"]
    assert found.compared == ["gpt", "gpt-seed-2", "rnn", "rnn-cell-gru", "rnn-cell-lstm"]
    committed = parse_section(
        Params, PARAMS.model_dump() | {"ensembles": {}, "variants": _with(found.entries)}, "params.yaml"
    )
    again = grid(["variants.gpt.seed=choice(1,2,2)"], committed)
    assert (again.entries, again.compared) == ({}, ["gpt", "gpt-seed-2"]), "the experiment was applied and committed"


@given(st.lists(VALUES, min_size=1, max_size=6))
def test_names_are_allowed_and_distinct(values: list[Any]) -> None:
    found = entries(f"variants.gpt.lr=choice({','.join(map(str, values))})") if len({*map(type, values)}) == 1 else {}
    parse_section(Params, PARAMS.model_dump() | {"ensembles": {}, "variants": _with(found)}, "params.yaml")
    assert len(found) <= len(values)


def test_long_and_odd_values_have_names() -> None:
    found = entries(f"variants.gpt.norm=choice('{'x' * 200}','{'x' * 201}','a b','a_b','Ü')")
    assert list(found)[2:] == ["gpt-norm-a_b", "gpt-norm-a_b-2", "gpt-norm-_"]
    assert all(re.fullmatch(r"[a-z0-9_-]{1,100}", name) for name in found)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("variants.gpt.lr", "is not a setting like variants.gpt.lr=0.002 or"),
        ("variants.gpt.lr=choice(1", "is not a setting like"),
        ("variants.gpt.lr=glob(*)", "is not a setting like"),
        ("variants.gpt.lr=interval(0,1)", "is not a setting like"),
        ("+variants.gpt.lr=1", "is not a setting like"),
        ("~variants.gpt", "is not a setting like"),
        ("data.seed=choice(1,2)", "data.seed: a sweep compares variants, .*; use `dvc exp run -S data.seed=...`"),
        ("variants.gpt.a.b=1", "variants.gpt.a.b: a sweep compares variants"),
        ("variants.typo.lr=1", "there is no variant 'typo'; choose from uniform, count"),
        ("variants.gpt.seed=range(0,1000000000)", "more than 1,000 combinations of values; choose fewer"),
    ],
)
def test_what_cannot_be_swept_is_one_line(setting: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        entries("variants.gpt.seed=2", setting)
    assert "\n" not in str(caught.value)


def _with(found: dict[str, Entry]) -> dict[str, Any]:
    return PARAMS.variants | {name: PARAMS.variants[entry.like] | entry.values for name, entry in found.items()}
