"""CITATION.cff: valid, and about this version."""

import json
import tomllib
from importlib.resources import files

import check_jsonschema
import jsonschema
import yaml

from tests.conftest import ROOT

CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))


def test_citation_conforms_to_its_format() -> None:
    """check-jsonschema brings the schema of the Citation File Format 1.2.0."""
    schema = files(check_jsonschema) / "builtin_schemas" / "vendor" / "citation-file-format.json"
    jsonschema.validate(CITATION, json.loads(schema.read_text(encoding="utf-8")))


def test_citation_is_about_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (CITATION["version"], CITATION["license"]) == (project["version"], project["license"])
