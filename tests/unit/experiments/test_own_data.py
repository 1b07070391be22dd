"""The parameters and the name of an experiment on one's own names."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from makemore.core.params import Params, parse_section
from makemore.core.yaml import parse_yaml
from makemore.experiments.own_data import changed, experiment_name
from tests.conftest import PARAMS, ROOT

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=1000)


def read(text: str) -> dict[str, Any]:
    return parse_section(Params, parse_yaml(text.encode()), "params.yaml").model_dump()


@given(LINES)
@example("é.txt")
@example("Größe")
@example("0")
@example("true")
@example("1e3")
@example("null")
@example("~")
@example("a: b # c")
@example("'\"${x}")
def test_every_path_and_column_arrives_unchanged(text: str) -> None:
    found = read(changed(TEXT, {"data.path": text, "data.column": text}, []))
    assert (found["data"]["path"], found["data"]["column"]) == (text, text)


@pytest.mark.parametrize("left_out", [[], ["gpt"], ["rnn", "gru"], ["gpt", "rnn", "mlp", "count"]])
def test_values_are_set_and_variants_left_out_and_everything_else_stays(left_out: list[str]) -> None:
    wanted = PARAMS.model_dump()
    wanted["data"]["column"] = None
    wanted["data"]["dev_share"] = 0.2
    wanted["variants"]["gpt-modern"]["steps"] = 7
    members = wanted["ensembles"]["ensemble"]["members"]
    wanted["ensembles"]["ensemble"]["members"] = [name for name in members if name not in left_out]
    for variant in left_out:
        del wanted["variants"][variant]
    changes = {"data.column": None, "data.dev_share": 0.2, "variants.gpt-modern.steps": 7}
    text = changed(TEXT, changes, left_out)
    assert read(text) == wanted
    assert "# All parameters of the pipeline." in text


def test_ensembles_lose_the_variants_that_are_left_out() -> None:
    members = PARAMS.ensembles["ensemble"].members
    assert read(changed(TEXT, {}, members[:1]))["ensembles"]["ensemble"]["members"] == members[1:]
    without = changed(TEXT.replace("students: {}", "students:\n  pupil: {teacher: ensemble}"), {}, members[1:])
    assert (read(without)["ensembles"], read(without)["students"]) == ({}, {})


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository; it is the current folder."""
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet")
    return tmp_path


def git(*arguments: str) -> str:
    author = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    return subprocess.run(["git", *author, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def run(file: str, column: str | None = None) -> str:
    """Keeps an experiment on `file` as `makemore repro --data` does, and returns its name."""
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).touch()
    identity = {"path": file, "column": column, "weight": None}
    name = experiment_name(Path(file), identity)
    Path("params.yaml").write_text(changed(TEXT, {f"data.{key}": value for key, value in identity.items()}, []))
    git("add", "params.yaml")
    git("commit", "--quiet", "--allow-empty", "-m", "Experiment")
    git("update-ref", f"refs/exps/01/23/{name}", "HEAD")
    return name


@pytest.mark.usefixtures("repository")
def test_different_names_have_different_experiments() -> None:
    long = "x" * 100
    for file, name in {
        "a/es.txt": "es",
        "b/es.txt": "es-2",
        "es.csv": "es-3",
        "names.en.txt": "names-en",
        "names.de.txt.gz": "names-de",
        "имена.txt": "имена",
        "名前.txt": "名前",
        "poke\u0301mon.TXT": "pokémon",
        "my names (1).txt": "my-names-1",
        "???.txt": "own",
        "!!!.txt": "own-2",
        f"{long}1.txt": long[:50],
        f"{long}2.txt": f"{long[:50]}-2",
    }.items():
        assert run(file) == name
        assert run(file) == name, "the same names have the same one"
    assert run("es.csv", "first") == "es-4"
    assert run("es.csv", "last") == "es-5"
    assert run("es.csv") == "es-3"


def test_name_of_a_folder_and_of_the_same_file_by_another_path(repository: Path) -> None:
    (repository / "names.v1").mkdir()
    assert experiment_name(Path("names.v1"), {"path": "names.v1", "column": None, "weight": None}) == "names-v1"
    assert run("es.txt") == run(str(repository / "es.txt")) == "es"


@pytest.mark.usefixtures("repository")
def test_experiment_of_another_kind_is_not_replaced() -> None:
    git("commit", "--quiet", "--allow-empty", "-m", "No parameters")
    git("update-ref", "refs/exps/01/23/es", "HEAD")
    assert run("es.txt") == "es-2"
