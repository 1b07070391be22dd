"""The embedded corpus is what its script writes with the pinned version of Faker, and what croissant.json describes."""

import hashlib
import importlib.util
import re
from importlib.metadata import version

import mlcroissant

from tests.conftest import ROOT

CROISSANT = ROOT / "datasets" / "croissant.json"


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
