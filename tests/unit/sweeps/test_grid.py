"""The settings of a sweep: separated as the user sees them, and combined as DVC does it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.sweeps.grid import grid, split_settings

KEYS = st.from_regex(r"[a-z_]{1,8}(\.[a-z_]{1,8}){0,2}", fullmatch=True)
PLAIN = st.text("abc019.-_", min_size=1, max_size=8)
QUOTED = st.text("ab =,()", max_size=8).map(lambda text: f"'{text}'")
CHOICES = st.lists(PLAIN | QUOTED, min_size=1, max_size=3).map(lambda values: f"choice({', '.join(values)})")
SETTINGS = st.tuples(KEYS, PLAIN | QUOTED | CHOICES).map("=".join)


@given(st.lists(SETTINGS, max_size=4), st.sampled_from([" ", "   ", "\n"]))
def test_settings_are_separated_by_spaces_outside_of_values(settings: list[str], space: str) -> None:
    assert split_settings(f"{space}{space.join(settings)}{space}") == settings


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (["a=1"], [["a=1"]]),
        (["a=choice(1,2)", "b=3"], [["a=1", "b=3"], ["a=2", "b=3"]]),
        (["a=1,2", "b=range(0,2)"], [["a=1", "b=0"], ["a=1", "b=1"], ["a=2", "b=0"], ["a=2", "b=1"]]),
        (["a=choice('x y','z=1')"], [[r"a=x\ y"], [r"a=z\=1"]]),
        (["+a.b=[1,2]"], [["+a.b=[1,2]"]]),
    ],
)
def test_grid_is_every_combination(settings: list[str], expected: list[list[str]]) -> None:
    assert grid(settings) == expected


@pytest.mark.parametrize("setting", ["a", "a=choice(1", "a=(", "a = ,"])
def test_what_is_no_setting_is_one_line(setting: str) -> None:
    with pytest.raises(UserError, match=r"is not a setting like variants\.gpt\.lr=0\.002") as caught:
        grid(["b=1", setting])
    assert repr(setting) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_glob_of_hydra_is_refused_as_by_dvc() -> None:
    with pytest.raises(UserError, match=r"cannot be combined: .*glob\(\*\)"):
        grid(["a=glob(*)"])
