"""The entries of dvc.lock are written as DVC writes them, in the order of a serial run, also after a kill."""

from collections import OrderedDict
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from dvc.dvcfile import Lockfile  # type: ignore[import-untyped]
from dvc.repo import Repo  # type: ignore[import-untyped]
from dvc.utils.serialize import dumps_yaml  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from makemore.core.errors import UserError
from makemore.core.layout import LOCK
from makemore.pipeline.folder import FOLDER
from makemore.pipeline.lock_file import check_lock, forget_order, serial_order, write_entries

ENTRY = {"cmd": "python -m stages x", "deps": [{"path": "a b", "hash": "md5", "md5": "0" * 32, "size": 1}]}


@pytest.fixture(autouse=True)
def _in_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    FOLDER.mkdir(parents=True)


def lock_of(stages: dict[str, Any]) -> str:
    """dvc.lock as DVC writes it."""
    entries = OrderedDict((name, deepcopy(entry)) for name, entry in stages.items())
    return str(dumps_yaml({"schema": "2.0", "stages": entries}))


def write(*names: str, order: list[str]) -> None:
    for name in names:
        write_entries({name: ENTRY}, order)


def names() -> list[str]:
    return [line[2:-1] for line in LOCK.read_text().splitlines() if line.startswith("  ") and line[2] != " "]


def test_file_is_the_one_that_dvc_writes() -> None:
    write("b", "a", "train@x", order=["a", "b", "train@x"])
    assert LOCK.read_text() == lock_of({"a": ENTRY, "b": ENTRY, "train@x": ENTRY})


# Names of stages that DVC accepts: variants come from the keys of params.yaml.
@given(st.lists(st.from_regex(r"[\w-]{1,8}(@[\w'#. :-]{1,8})?", fullmatch=True), unique=True, min_size=1), st.data())
def test_entries_of_any_name_in_any_order_of_completion(plan: list[str], data: st.DataObject) -> None:
    LOCK.unlink(missing_ok=True)
    write(*data.draw(st.permutations(plan)), order=plan)
    assert LOCK.read_text() == lock_of(dict.fromkeys(plan, ENTRY))


def test_replaced_entry_stays_where_it_is() -> None:
    LOCK.write_text(lock_of({"c": ENTRY, "a": ENTRY, "b": ENTRY}))
    order = serial_order(["a", "b", "c", "d"])
    write_entries({"a": ENTRY | {"cmd": "new"}}, order)
    assert LOCK.read_text() == lock_of({"c": ENTRY, "a": ENTRY | {"cmd": "new"}, "b": ENTRY})


def test_same_entry_writes_nothing() -> None:
    LOCK.write_text(lock_of({"a": ENTRY}))
    before = LOCK.stat().st_ino
    write("a", order=["a"])
    assert LOCK.stat().st_ino == before


def test_new_entries_follow_those_that_were_there_in_the_order_of_the_plan() -> None:
    LOCK.write_text(lock_of({"report": ENTRY, "check": ENTRY}))
    order = serial_order(["check", "train@a", "train@b", "report"])
    write("train@b", "train@a", "report", order=order)
    assert names() == ["report", "check", "train@a", "train@b"]


def test_order_survives_a_kill() -> None:
    """The second run finds train@b after report; serially, train@a would have been appended before it."""
    plan = ["check", "train@a", "train@b", "report"]
    LOCK.write_text(lock_of({"check": ENTRY, "report": ENTRY}))
    write("train@b", order=serial_order(plan))
    write("train@a", order=serial_order(plan))
    assert names() == ["check", "report", "train@a", "train@b"]


def test_completed_run_is_forgotten() -> None:
    plan = ["a", "b"]
    write("b", order=serial_order(["b"]))
    forget_order()
    write("a", order=serial_order(plan))
    assert names() == ["b", "a"], "as `dvc repro b` and then `dvc repro` leave it"


def test_interrupted_run_on_another_branch_is_ignored() -> None:
    LOCK.write_text(lock_of({"a": ENTRY, "b": ENTRY}))
    serial_order(["a", "b", "c"])
    LOCK.write_text(lock_of({"b": ENTRY, "a": ENTRY}))  # git switch
    assert serial_order(["a", "b", "c"]) == ["b", "a", "c"]


def test_pruned_entries_do_not_matter() -> None:
    LOCK.write_text(lock_of({"train@old": ENTRY, "a": ENTRY}))
    order = serial_order(["a", "b"])
    LOCK.write_text(lock_of({"a": ENTRY}))  # the stage prune
    write("b", order=order)
    assert names() == ["a", "b"]
    assert serial_order(["a", "b"]) == ["a", "b"]


def test_what_dvc_does_not_write_is_kept_or_refused() -> None:
    LOCK.write_text(lock_of({"a": ENTRY}) + "datasets: []\n")
    write("b", order=["a", "b"])
    assert LOCK.read_text() == lock_of({"a": ENTRY, "b": ENTRY}) + "datasets: []\n"
    for content in ("stages:\n  a: {cmd: x}\n", "nothing\n"):
        LOCK.write_text(content)
        with pytest.raises(UserError, match=r"dvc\.lock: not as DVC writes it"):
            write("b", order=["b"])
        assert LOCK.read_text() == content


def test_cut_file_is_refused_wherever_dvc_cannot_read_it() -> None:
    """At every byte. Where a line or an entry ends, DVC may take it for a smaller file, and completes it."""
    check_lock()
    whole = lock_of({"a": ENTRY, "é": ENTRY}).encode()
    accepted = []
    for length in range(len(whole) + 1):
        LOCK.write_bytes(whole[:length])
        try:
            check_lock()
        except UserError:
            continue
        accepted.append(length)
        Lockfile(Repo.init(no_scm=True, force=True), str(LOCK)).load()
    assert len(whole) in accepted
    assert all(whole[:length].endswith(b"\n") for length in accepted)


def test_merge_conflict_says_how_to_resolve_it() -> None:
    ours, theirs = lock_of({"a": ENTRY}), lock_of({"a": ENTRY | {"cmd": "other"}})
    LOCK.write_text(f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n")
    with pytest.raises(UserError, match=r"dvc\.lock: has a merge conflict; .* `git checkout --ours dvc\.lock`"):
        check_lock()
