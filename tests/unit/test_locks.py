"""The lock files pin what pyproject.toml asks for, and agree with each other: `make lock` writes both."""

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT


def pins(name: str) -> dict[str, str]:
    """The version of each package in a file for pip."""
    pinned = map(Requirement, (ROOT / name).read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in pinned}


PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("requirements.lock", PROJECT["dependencies"]),
        ("requirements-dev.lock", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]),
    ],
)
def test_every_dependency_is_pinned(name: str, wanted: list[str]) -> None:
    pinned = pins(name)
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)]), requirement


def test_development_changes_no_version() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()
