"""The corpora are what their scripts write, and names.txt is what croissant.json describes."""

import hashlib
import importlib.util
import re
from importlib.metadata import version
from typing import Any

import mlcroissant

from tests.conftest import ROOT

CROISSANT = ROOT / "datasets" / "croissant.json"


def script(name: str) -> Any:
    """The module of a script in datasets/."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "datasets" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_names_are_those_of_faker() -> None:
    assert (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8") == script("from_faker").corpus()


def test_places_are_those_of_their_script() -> None:
    assert (ROOT / "datasets" / "places.txt").read_text(encoding="utf-8") == script("invent_places").places()


def test_elements_are_all_and_distinct() -> None:
    names = (ROOT / "datasets" / "elements.txt").read_text(encoding="utf-8").splitlines()
    assert (len(names), len(set(names))) == (118, 118)


def test_names_are_distinct_sorted_and_lower_case() -> None:
    names = (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8").splitlines()
    assert names == sorted(set(names))
    assert len(names) == 8_602
    assert all(re.fullmatch("[a-z]+", name) for name in names)


def test_default_dev_file_is_a_blank_line() -> None:
    """It has no names, and yet it is not empty: DVC would print a warning about an empty file each time."""
    assert (ROOT / "datasets" / "no-dev.txt").read_bytes() == b"\n"


def test_croissant_file_conforms_to_its_format() -> None:
    metadata = mlcroissant.Dataset(CROISSANT).metadata
    assert (metadata.ctx.issues.errors, metadata.ctx.issues.warnings) == (set(), set())
    assert metadata.conforms_to == ["http://mlcommons.org/croissant/1.1"]
    assert metadata.version == version("faker")


def test_croissant_file_reads_the_names() -> None:
    """mlcroissant reads lines with pandas, which takes the name nan for a missing value."""
    names = (ROOT / "datasets" / "names.txt").read_bytes().splitlines()
    records = [record["names/name"] for record in mlcroissant.Dataset(CROISSANT).records("names")]
    assert records == [name if name != b"nan" else None for name in names]


def test_croissant_file_has_the_hash_and_the_size_of_the_names() -> None:
    (file,), content = mlcroissant.Dataset(CROISSANT).metadata.distribution, (ROOT / "datasets/names.txt").read_bytes()
    assert (file.sha256, file.content_size) == (hashlib.sha256(content).hexdigest(), f"{len(content)} B")
