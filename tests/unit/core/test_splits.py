"""The split by a hash of (seed, name)."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.core.splits import split_of, split_words
from tests.conftest import PARAMS, WORDS
from tests.unit.core.strategies import NAMES

DATA = PARAMS.data


@given(NAMES, st.integers(min_value=0, max_value=2**32))
def test_split_of_a_name_depends_on_no_other_name(names: list[str], seed: int) -> None:
    data = DATA.model_copy(update={"seed": seed, "dev_share": 0.3, "test_share": 0.3})
    split = {name: split_of(name, data) for name in names}
    try:
        splits = split_words([*names, "more", "names"], [], data)
    except UserError:
        return  # too few names for every split
    for name in names:
        assert [found for found, members in splits.items() if name in members] == [split[name]]
    assert sorted([*names, "more", "names"]) == sorted(name for members in splits.values() for name in members)


def test_splits_have_the_requested_shares() -> None:
    counts = Counter(split_of(str(number), DATA) for number in range(20_000))
    assert counts["dev"] / 20_000 == pytest.approx(DATA.dev_share, abs=0.01)
    assert counts["test"] / 20_000 == pytest.approx(DATA.test_share, abs=0.01)


def test_another_seed_gives_another_split() -> None:
    other = DATA.model_copy(update={"seed": DATA.seed + 1})
    names = [str(number) for number in range(100)]
    assert [split_of(name, DATA) for name in names] != [split_of(name, other) for name in names]


@pytest.mark.parametrize(("shares", "split"), [((0.0, 0.0), "dev"), ((0.0, 0.99999), "train")])
def test_empty_split_is_an_error(shares: tuple[float, float], split: str) -> None:
    data = DATA.model_copy(update={"dev_share": shares[0], "test_share": shares[1]})
    with pytest.raises(UserError, match=f"the {split} split of its 13 distinct names is empty"):
        split_words(WORDS, [], data)


def test_own_dev_file_is_used_as_it_is() -> None:
    splits = split_words(WORDS, ["emma", "zed"], DATA.model_copy(update={"test_share": 0.0}))
    assert splits == {"train": WORDS, "dev": ["emma", "zed"], "test": []}


def test_own_dev_file_leaves_test_alone_and_adds_the_former_dev_names_to_train() -> None:
    names = [str(number) for number in range(200)]
    before, after = split_words(names, [], DATA), split_words(names, ["emma"], DATA)
    assert after["test"] == before["test"] != []
    assert sorted(after["train"]) == sorted(before["train"] + before["dev"])
