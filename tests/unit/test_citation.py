"""CITATION.cff: valid, and about this version."""

import tomllib

import yaml
from check_jsonschema import main
from click.testing import CliRunner

from tests.conftest import ROOT

CITATION = ROOT / "CITATION.cff"


def test_citation_conforms_to_its_format() -> None:
    """check-jsonschema brings the schema of the Citation File Format 1.2.0."""
    done = CliRunner().invoke(main, ["--builtin-schema", "vendor.citation-file-format", str(CITATION)])
    assert (done.exit_code, done.output) == (0, "ok -- validation done\n")


def test_citation_is_about_this_version() -> None:
    citation = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (citation["version"], citation["license"]) == (project["version"], project["license"])
