"""The embedded corpus is what its script writes with the pinned version of Faker."""

import importlib.util
import re

from tests.conftest import ROOT


def test_names_are_those_of_faker() -> None:
    spec = importlib.util.spec_from_file_location("from_faker", ROOT / "datasets" / "from_faker.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8") == script.corpus()


def test_names_are_distinct_sorted_and_lower_case() -> None:
    names = (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8").splitlines()
    assert names == sorted(set(names))
    assert len(names) == 8_602
    assert all(re.fullmatch("[a-z]+", name) for name in names)


def test_default_dev_file_is_a_blank_line() -> None:
    """It has no names, and yet it is not empty: DVC would print a warning about an empty file each time."""
    assert (ROOT / "datasets" / "no-dev.txt").read_bytes() == b"\n"
