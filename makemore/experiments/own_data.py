"""`makemore repro --data FILE`: the whole pipeline on your own names.

The committed results in this folder stay what they are. `dvc exp show` lists the new ones, and `dvc exp apply NAME`
brings their models and their report here.
"""

import re
import unicodedata
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from makemore.commands import git
from makemore.core.files import read_text, write_text
from makemore.core.layout import PARAMS
from makemore.core.members import FEWEST_MEMBERS
from makemore.core.params import load_params
from makemore.core.yaml import parse_yaml
from makemore.experiments.clone import temporary_clone
from makemore.pipeline.summary import best_variant
from makemore.project.suggestions import set_values
from makemore.revisions import Revision

_IDENTITY = ("path", "column", "weight")  # what says which names an experiment is about
_LONGEST = 50  # characters of a name, before its number
_SUBJECT = "makemore repro --data "  # of the commit; then comes the file


def path_in_clone(data: Path) -> Path:
    """The path of `data` for params.yaml of a clone: relative if git has it, so that it is right on every machine."""
    listed = ("--literal-pathspecs", "ls-files")
    in_git = git(*listed, "--", str(data)) and not git(*listed, "--others", "--", str(data))
    return data if in_git and not data.is_absolute() else data.resolve()


def run_on_own_data(data: Path, changes: dict[str, Any], left_out: Iterable[str], jobs: int) -> int:
    """Runs the pipeline with other parameters, and keeps the results as an experiment named after the file.

    If other names have an experiment of that name already, it gets a number.

    data: the file or folder of names
    changes: values of params.yaml by their dotted keys, such as {"data.max_length": 60}
    left_out: the variants that these names do not allow
    jobs: stages at a time

    Returns the exit status. Raises UserError if git or DVC fails, or if another process runs the same experiment here;
    Interrupted after Ctrl-C.
    """
    values = load_params().data.model_dump()
    name = experiment_name(data, {key: changes.get(f"data.{key}", values[key]) for key in _IDENTITY})
    with temporary_clone(name, _SUBJECT) as clone:
        params = clone.folder / PARAMS
        write_text(params, changed(read_text(params), changes, left_out))
        if status := clone.repro(jobs):
            return status
        best, nll = best_variant(clone.folder)
        page = clone.keep(f"{_SUBJECT}{data}")
    print(f"\nbest on dev: {best}, {nll:.4f} nats per symbol\nreport: {page} (open it in a browser)")
    print("the committed results in this folder are unchanged; next:")
    back = f"git restore params.yaml dvc.lock reports && {_way_back()}"
    print(f"  {f'dvc exp apply {name}':{len(back)}}  # bring these models here: makemore sample {best}")
    print(f"  {back}  # and the committed ones back")
    return 0


def _way_back() -> str:
    """The command that brings back the committed models: they may never have been computed in this clone."""
    committed = Revision.find("HEAD", "repro")
    return "dvc checkout" if committed.lock and committed.has_all_outputs() else "makemore repro"


def experiment_name(data: Path, identity: dict[str, Any]) -> str:
    """The name for the experiment on the file or folder `data`: its own, which no experiment on other names has.

    identity: its values of _IDENTITY in params.yaml
    """
    full = unicodedata.normalize("NFC", data.resolve().name)
    stem = full if data.is_dir() else Path(re.sub(r"\.(gz|zst|bz2|xz)$", "", full, flags=re.IGNORECASE)).stem
    wanted = re.sub(r"[^\w-]+", "-", stem).strip("-_")[:_LONGEST].rstrip("-_") or "own"
    name, number = wanted, 2
    while (owner := _identity_of(name)) and owner != _resolved(identity):
        name, number = f"{wanted}-{number}", number + 1
    return name


def _identity_of(name: str) -> dict[str, Any] | None:
    """Which names the experiment `name` is about; None if there is no such experiment."""
    newest = ("--sort=-committerdate", "--count=1", "--format=%(objectname)")
    commit = git("for-each-ref", *newest, f"refs/exps/*/*/{name}").decode().strip()
    if not commit:
        return None
    try:
        values = parse_yaml(git("show", f"{commit}:./{PARAMS}"))["data"]
        return _resolved({key: values.get(key) for key in _IDENTITY})
    except (ValueError, LookupError, TypeError, AttributeError):
        return {"path": None}  # of another project


def _resolved(identity: dict[str, Any]) -> dict[str, Any]:
    return identity | {"path": str(Path(identity["path"]).resolve())}


def changed(params: str, changes: dict[str, Any], left_out: Iterable[str]) -> str:
    """The text of params.yaml with other values, and without some variants. Comments stay."""
    yaml = YAML()
    yaml.width = 10_000
    values = yaml.load(params)
    set_values(values, changes)
    for variant in left_out:
        del values["variants"][variant]
    for name, ensemble in [*(values.get("ensembles") or {}).items()]:
        ensemble["members"] = [member for member in ensemble["members"] if member in values["variants"]]
        if len(ensemble["members"]) < FEWEST_MEMBERS:
            del values["ensembles"][name]
    for name, student in [*(values.get("students") or {}).items()]:
        if student["teacher"] not in values["ensembles"]:
            del values["students"][name]
    stream = StringIO()
    yaml.dump(values, stream)
    return stream.getvalue()
