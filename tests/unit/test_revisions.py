"""The results of a commit: what git has, and what is in DVC's cache, wherever its configuration puts it."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
import yaml

from makemore.core.errors import UserError
from makemore.core.files import write_bytes, write_text
from makemore.core.layout import LOCK, METRICS, PARAMS
from makemore.revisions import Revision

MODEL, CORPUS, METRIC = "artifacts/models/gpt/weights.safetensors", "artifacts/corpus", "reports/metrics/gpt.json"


def git(*arguments: str) -> None:
    author = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", *author, *arguments], check=True, capture_output=True)


def md5_of(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def cache(content: bytes, suffix: str = "", folder: str = ".dvc/cache") -> str:
    """Puts `content` into DVC's cache. Returns its hash as dvc.lock has it."""
    md5 = md5_of(content) + suffix
    write_bytes(Path(folder, "files/md5", md5[:2], md5[2:]), content)
    return md5


def cached(md5: str) -> Path:
    return Path(".dvc/cache/files/md5", md5[:2], md5[2:])


def commit(outputs: dict[str, str]) -> Revision:
    """Commits a pipeline with these outputs, and whatever else is here but for DVC's cache."""
    outs = [{"path": path, "md5": md5, "hash": "md5"} for path, md5 in outputs.items()]
    stage = {"cmd": "true", "outs": outs}
    write_text(LOCK, yaml.safe_dump({"schema": "2.0", "stages": {"all": stage}}))
    write_text(Path("dvc.yaml"), yaml.safe_dump({"stages": {"all": stage | {"outs": [*outputs]}}}))
    git("add", "--all")
    git("commit", "--quiet", "-m", "Results")
    return Revision.find("HEAD", "compare")


@pytest.fixture(autouse=True)
def _repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty repository, and a person without a configuration of DVC."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "repository").mkdir()
    monkeypatch.chdir(tmp_path / "repository")
    write_text(Path(".dvc/config"), "")
    write_text(Path(".dvc/.gitignore"), "/config.local\n/cache\n/tmp\n")
    git("init", "--quiet", "--initial-branch", "main")


def test_files_come_from_git_or_from_the_cache() -> None:
    write_text(Path(METRIC), "{}")
    part = cache(b"tokens")
    index = cache(json.dumps([{"md5": part, "relpath": "train"}]).encode(), ".dir")
    found = commit({METRIC: md5_of(b"{}"), MODEL: cache(b"weights"), CORPUS: index})
    write_text(Path(METRIC), "changed since")
    assert found.files(METRIC) == {METRIC: b"{}"}
    assert found.files(MODEL) == {MODEL: b"weights"}
    assert found.files(CORPUS) == {f"{CORPUS}/train": b"tokens"}
    assert found.files("artifacts/other") == {}


@pytest.mark.parametrize(
    ("config", "folder"),
    [
        (".dvc/config.local", "{tmp_path}/shared"),  # of this clone
        (".dvc/config", "../../shared"),  # of the project, relative to its own folder
        ("../home/dvc/config", "{tmp_path}/shared"),  # of a person, for all projects
    ],
)
def test_cache_in_another_folder(config: str, folder: str, tmp_path: Path) -> None:
    write_text(Path(config), f"[cache]\n    dir = {folder.format(tmp_path=tmp_path)}\n")
    found = commit({MODEL: cache(b"weights", folder="../shared")})
    assert found.files(MODEL) == {MODEL: b"weights"}
    assert not found.damage(MODEL)
    found.fetch({Path(MODEL): Path("copy")})
    assert Path("copy").read_bytes() == b"weights"
    (file,) = (path for path in (tmp_path / "shared/files").rglob("*") if path.is_file())
    file.chmod(0o644)
    file.write_bytes(b"weightz")
    assert found.damage(MODEL) == f"damaged in the cache: {file}; delete it and run `dvc repro` or `dvc pull`"


@pytest.mark.parametrize("which", ["file", "index"])
def test_damage_in_the_cache_is_found(which: str) -> None:
    part = cache(b"tokens")
    index = cache(json.dumps([{"md5": part, "relpath": "train"}]).encode(), ".dir")
    found = commit({CORPUS: index, MODEL: md5_of(b"not in the cache")})
    assert found.damage(CORPUS) == found.damage(MODEL) == ""
    damaged = cached({"file": part, "index": index}[which])
    damaged.write_bytes(damaged.read_bytes()[:-1])
    assert found.damage(CORPUS) == f"damaged in the cache: {damaged}; delete it and run `dvc repro` or `dvc pull`"


def test_whether_checkout_can_restore_everything() -> None:
    write_text(Path(METRIC), "{}")
    part = cache(b"tokens")
    index = cache(json.dumps([{"md5": part, "relpath": "train"}]).encode(), ".dir")
    found = commit({METRIC: md5_of(b"{}"), MODEL: cache(b"weights"), CORPUS: index})
    assert found.has_all_outputs()
    cached(part).unlink()
    assert not found.has_all_outputs()
    cached(index).unlink()
    assert not found.has_all_outputs()


def test_what_is_not_in_the_cache_is_none_or_an_error() -> None:
    index = cache(json.dumps([{"md5": md5_of(b"gone"), "relpath": "train"}]).encode(), ".dir")
    found = commit({CORPUS: index, MODEL: md5_of(b"weights")})
    assert found.files(CORPUS) == found.files(MODEL) == {}
    with pytest.raises(UserError) as error:
        found.fetch({Path(MODEL): Path("copy")})
    assert str(error.value) == f"{MODEL} at 'HEAD': neither in DVC's cache nor in its remote"


def test_remote_that_cannot_be_used_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each kind of remote raises exceptions of its own."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Unable to locate credentials\nand more")

    monkeypatch.setattr("dvc.api.DVCFileSystem.get", fail)
    with pytest.raises(UserError) as error:
        commit({MODEL: md5_of(b"weights")}).fetch({Path(MODEL): Path("copy")})
    assert str(error.value) == f"{MODEL} at 'HEAD': dvc: Unable to locate credentials"


def test_experiment_is_found_by_its_name() -> None:
    first, second = commit({}), commit({MODEL: md5_of(b"weights")})
    git("update-ref", f"refs/exps/{first.commit[:2]}/{first.commit[2:]}/mine", second.commit)
    assert Revision.find("mine", "compare").commit == second.commit


@pytest.mark.parametrize("name", ["nothing", "--all", "HEAD~1", "HEAD^{tree}", "*"])
def test_name_that_is_no_commit(name: str) -> None:
    found = commit({})
    git("update-ref", f"refs/exps/{found.commit[:2]}/{found.commit[2:]}/mine", found.commit)
    with pytest.raises(UserError) as error:
        Revision.find(name, "compare")
    problem = "is not a commit of this repository; if another clone has it, run `git fetch`"
    assert str(error.value) == f"compare: {name!r} {problem}"


def test_folder_outside_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UserError, match="load: this folder is not in a git repository; clone one"):
        Revision.find("HEAD", "load")


def test_project_in_a_subfolder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = Path("deep/er")
    (inner / "docs").mkdir(parents=True)
    Path(".dvc").rename(inner / ".dvc")
    monkeypatch.chdir(inner)
    write_text(Path(METRIC), "{}")
    commit({METRIC: md5_of(b"{}"), MODEL: cache(b"weights")})
    monkeypatch.chdir("docs")
    found = Revision.find("HEAD", "verify")
    assert found.root == Path.cwd().parent
    assert found.files(METRIC) == {METRIC: b"{}"}
    assert found.files(MODEL) == {MODEL: b"weights"}
    assert found.lock


def test_commit_that_a_shallow_clone_lacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit({})
    commit({MODEL: md5_of(b"weights")})
    git("clone", "--quiet", "--depth", "1", Path.cwd().as_uri(), str(tmp_path / "shallow"))
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(UserError, match=r"not a commit of this shallow repository; .*run `git fetch --unshallow`"):
        Revision.find("HEAD~1", "compare")


@pytest.mark.parametrize(
    ("path", "content", "read", "message"),
    [
        (METRIC, "[]", "metrics", f"{METRIC} of HEAD (COMMIT) has another form than the metrics of this version"),
        ("reports/other", "", "metrics", f"HEAD (COMMIT) has no results in {METRICS}"),
        (str(PARAMS), "a: [", "params", "params.yaml of HEAD (COMMIT): not valid YAML: "),
        (str(LOCK), "<<<<<<< HEAD\n", "stages", "dvc.lock of HEAD (COMMIT): not the lock file of DVC"),
        (str(LOCK), "", "outputs", "HEAD (COMMIT) has no dvc.lock, so there are no results to compare with"),
    ],
)
def test_results_that_cannot_be_read_are_one_line(path: str, content: str, read: str, message: str) -> None:
    write_text(Path(path), content)
    git("add", path)
    git("commit", "--quiet", "-m", "Results")
    found = Revision.find("HEAD", "compare")
    with pytest.raises(UserError) as error:
        getattr(found, read)
    assert str(error.value).startswith(f"compare: {message.replace('COMMIT', found.commit[:7])}")
    assert "\n" not in str(error.value)
