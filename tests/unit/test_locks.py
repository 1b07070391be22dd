"""The lock files pin what pyproject.toml asks for, and agree with each other: `make lock` writes all of them."""

import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.conftest import ROOT


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / name).read_text(encoding="utf-8"))


def pins(name: str) -> dict[str, str]:
    """The version of each package in a file for pip."""
    pinned = map(Requirement, (ROOT / name).read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in pinned}


PROJECT = toml("pyproject.toml")["project"]
LOCKED = {package["name"]: package["version"] for package in toml("uv.lock")["package"]}


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


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_pip_and_uv_install_the_same_versions(name: str) -> None:
    assert pins(name).items() <= LOCKED.items()


def test_development_changes_no_version() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_uv_lock_is_that_of_this_project() -> None:
    lock = toml("uv.lock")
    (project,) = (package for package in lock["package"] if package["name"] == PROJECT["name"])
    required = {
        (each["name"], SpecifierSet(each.get("specifier", ""))) for each in project["metadata"]["requires-dist"]
    }
    wanted = [
        *PROJECT["dependencies"],
        *(each for extra in PROJECT["optional-dependencies"].values() for each in extra),
    ]
    assert required == {(canonicalize_name(each.name), each.specifier) for each in map(Requirement, wanted)}
    assert set(lock["requires-python"].split(", ")) == set(PROJECT["requires-python"].split(","))
    sources = {package["source"].get("registry") for package in lock["package"] if package is not project}
    assert sources == {"https://pypi.org/simple"}, "not the index of somebody's own machine"
