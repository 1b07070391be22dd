"""git in repositories of all kinds, and in the environment of a hook: a clone never changes the user's repository."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from makemore.commands import child_environment, clone_of, git, git_must, repository_problem
from makemore.core.errors import UserError

NAMES = Path("names.txt")


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository with two commits; it is the current folder."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    run("init", "--quiet", "--initial-branch", "main")
    for names in (b"emma\n", b"emma\nava\n"):
        NAMES.write_bytes(names)
        commit()


def run(*arguments: str) -> str:
    author = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "protocol.file.allow=always")
    return subprocess.run(["git", *author, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def commit() -> None:
    run("add", "--all")
    run("commit", "--quiet", "-m", "Names")


def clone(folder: Path) -> Path:
    """Clones HEAD to `folder`, commits a change there, and fetches it; returns the folder of the project in it."""
    head = git_must("rev-parse", "HEAD")
    project = clone_of(Path.cwd(), folder, head, head)
    (project / NAMES).write_bytes((project / NAMES).read_bytes() + b"mia\n")
    git_must("add", "--all", folder=project)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    git_must(*identity, "commit", "--quiet", "-m", "More", folder=project)
    git_must("fetch", "--quiet", str(folder), "+HEAD:refs/exps/mine", GIT_ALLOW_PROTOCOL="file")
    return project


def test_hook_of_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = run("rev-parse", "HEAD"), Path(".git/index").read_bytes()
    for name in run("rev-parse", "--local-env-vars").split():
        monkeypatch.setenv(name, {"GIT_CONFIG_COUNT": "0", "GIT_CONFIG_PARAMETERS": ""}.get(name, str(tmp_path / name)))
    monkeypatch.setenv("GIT_DIR", str(Path(".git").absolute()))
    monkeypatch.setenv("GIT_WORK_TREE", str(Path.cwd()))
    monkeypatch.setenv("GIT_INDEX_FILE", str(Path(".git/index").absolute()))
    clone(tmp_path / "clone")
    assert not {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} & child_environment().keys()
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path / "repository")
    assert (run("rev-parse", "HEAD"), Path(".git/index").read_bytes()) == before
    assert run("show", "refs/exps/mine:names.txt") == "emma\nava\nmia"


def test_shallow_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("clone", "--quiet", "--depth", "1", Path.cwd().as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    clone(tmp_path / "clone")
    assert run("show", "refs/exps/mine:names.txt") == "emma\nava\nmia"


def test_worktree_with_a_detached_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("worktree", "add", "--quiet", "--detach", str(tmp_path / "worktree"), "HEAD~1")
    monkeypatch.chdir(tmp_path / "worktree")
    clone(tmp_path / "clone")
    assert run("show", "refs/exps/mine:names.txt") == "emma\nmia"


def test_submodule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("init", "--quiet", str(tmp_path / "super"))
    run("-C", str(tmp_path / "super"), "submodule", "--quiet", "add", str(Path.cwd()), "names")
    monkeypatch.chdir(tmp_path / "super/names")
    clone(tmp_path / "clone")
    assert run("show", "refs/exps/mine:names.txt") == "emma\nava\nmia"


def test_subfolder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path("my projects/größe")
    folder.mkdir(parents=True)
    shutil.copy(NAMES, folder)
    commit()
    monkeypatch.chdir(folder)
    assert clone(tmp_path / "clone") == tmp_path / "clone" / folder
    assert run("show", "refs/exps/mine:my projects/größe/names.txt") == "emma\nava\nmia"


@pytest.mark.parametrize("setting", ["protocol.file.allow=never", "core.autocrlf=true", "core.hooksPath=hooks"])
def test_settings_of_the_user(setting: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hooks").mkdir()
    (tmp_path / "hooks/pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "hooks/pre-commit").chmod(0o755)
    key, value = setting.split("=")
    run("config", "--file", str(tmp_path / "config"), key, str(tmp_path / value) if value == "hooks" else value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    assert (clone(tmp_path / "clone") / NAMES).read_bytes() == b"emma\nava\nmia\n"


def test_reason_why_there_is_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert repository_problem() == ""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # how git's own tests make ownership dubious
    assert "detected dubious ownership" in repository_problem()
    assert f"git config --global --add safe.directory {Path.cwd()}" in repository_problem()
    monkeypatch.delenv("GIT_TEST_ASSUME_DIFFERENT_OWNER")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert repository_problem().startswith("this folder is not in a git repository; clone one, or make one of a ")
    monkeypatch.setenv("PATH", "")
    assert repository_problem() == "git is not installed"
    assert git("status") == b""
    with pytest.raises(UserError, match="git is not installed"):
        git_must("status")
