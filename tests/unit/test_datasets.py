"""The embedded corpus is what its script writes from the pinned Faker."""

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


def test_names_are_distinct_lower_case_and_many() -> None:
    names = (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8").splitlines()
    assert len(names) == len(set(names)) > 8_000
    assert all(re.fullmatch("[a-z]+", name) for name in names)


def test_there_is_no_dev_file_by_default() -> None:
    """A blank line: no names, and yet not an empty file, which DVC would warn of at every run."""
    assert (ROOT / "datasets" / "no-dev.txt").read_bytes() == b"\n"
