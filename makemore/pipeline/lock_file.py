"""Writes the entries of dvc.lock as DVC does, but atomically, at once, and in the order of a serial `dvc repro`.

DVC replaces existing entries where they are and appends new ones, so their order is that in which stages end. Serially,
that is the order of its plan. Side by side, an entry may come before others that belong before it, so each write sorts
the entries: first those that were there before the run, then the new ones in the order of the plan. What was there
before the run is remembered in a file until a run succeeds: a run that continues after a kill must know it.

DVC parses and writes the whole file for each stage, 1.5 s of CPU time for our 42 stages, in place, while the other
stages wait. Here the other entries are copied as text; the new one is formatted by DVC's own serialiser.
"""

import re
from typing import Any

from makemore.core.errors import UserError
from makemore.core.files import read_bytes, read_json, write_json, write_text
from makemore.core.layout import LOCK
from makemore.pipeline.folder import FOLDER

_BEFORE = FOLDER / "order.json"
_RESTORE = f"restore it with `git checkout {LOCK}`, or delete it: DVC's cache has the results"
_START = "schema: '2.0'\nstages:\n"  # of a new file
_STAGES = re.compile(r"^stages:\n((?:  .*\n)*)", re.MULTILINE)
_ENTRY = re.compile(r"^  (\S.*):\n(?:   .*\n)+", re.MULTILINE)


def check_lock() -> None:
    """Raises UserError if dvc.lock is cut: DVC writes it in place, and may be killed while it does.

    A cut line may be valid: the leading digits of a hash are a number, on which DVC crashes. So the last line must have
    an end. A file that was cut between two entries is fine: DVC completes it.
    """
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA  # type: ignore[import-untyped]
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from voluptuous import Invalid

    if LOCK.exists():
        check_no_conflict()
        text = _read()
        try:
            COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(text))
        except (YAMLError, Invalid):
            raise _damaged() from None
        if not text.endswith("\n"):
            raise _damaged()


def check_no_conflict() -> None:
    """Raises UserError if dvc.lock has the marks of a merge that git could not finish."""
    if re.search(r"^<{7} ", _read(), re.MULTILINE):
        raise UserError(
            f"{LOCK}: has a merge conflict; take one side with `git checkout --ours {LOCK}` (or --theirs), resolve "
            "those in other files, and `makemore repro` computes what is missing"
        )


def serial_order(plan: list[str]) -> list[str]:
    """The order in which a serial run would leave the entries of dvc.lock.

    plan: the stages in the order in which DVC would run them
    """
    there = list(_entries(_read())[1])
    before = _before_interrupted_run(there, plan)
    if missing := [stage for stage in plan if stage not in before]:
        write_json(_BEFORE, before)
    return before + missing


def forget_order() -> None:
    """Ends what `serial_order` began: the run is complete."""
    _BEFORE.unlink(missing_ok=True)


def write_entries(new: dict[str, Any], order: list[str]) -> None:
    """Replaces or adds entries of dvc.lock, and sorts all of them by `order`. DVC's lock must be held.

    new: for each stage its entry, as DVC's `serialize.to_lockfile` returns it
    """
    from dvc.utils.serialize import dumps_yaml  # type: ignore[import-untyped]

    text = _read()
    start, entries, rest = _entries(text)
    for stage, entry in new.items():
        entries |= _entries(dumps_yaml({"stages": {stage: entry}}))[1]
    position = {stage: number for number, stage in enumerate(order)}
    stages = sorted(entries, key=lambda stage: position.get(stage, len(position)))
    written = start + "".join(entries[stage] for stage in stages) + rest
    if written != text:
        write_text(LOCK, written)


def _read() -> str:
    try:
        return read_bytes(LOCK).decode() if LOCK.exists() else _START
    except UnicodeDecodeError:
        raise _damaged() from None


def _damaged() -> UserError:
    return UserError(f"{LOCK}: not as DVC writes it, perhaps because DVC was killed; {_RESTORE}")


def _before_interrupted_run(there: list[str], plan: list[str]) -> list[str]:
    """The entries that were there before a run that was interrupted; `there`, which are there now, if none was."""
    if not _BEFORE.exists():
        return there
    before = [stage for stage in read_json(_BEFORE) if stage in there or stage in plan]  # others were pruned
    return before if there[: len(before)] == before else there  # it is another file now, such as that of another branch


def _entries(text: str) -> tuple[str, dict[str, str], str]:
    """The text before the entries, the text of each entry under the name of its stage, and the text after them."""
    stages = _STAGES.search(text)
    entries = {_name(entry[1]): entry[0] for entry in _ENTRY.finditer(stages[1])} if stages else {}
    if not stages or "".join(entries.values()) != stages[1]:
        raise _damaged()
    return text[: stages.start(1)], entries, text[stages.end(1) :]


def _name(key: str) -> str:
    """The name of a stage as YAML wrote it."""
    if key[0] not in "'\"":
        return key
    from ruamel.yaml import YAML

    return str(YAML(typ="safe").load(key))
