"""`makemore repro --data FILE`: the whole pipeline on your own names.

The committed results in this folder stay what they are. `dvc exp show` lists the new ones, and `dvc exp apply NAME`
brings their models and their report here.
"""

import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from makemore.commands import git
from makemore.core.files import read_text, write_text
from makemore.core.layout import PARAMS
from makemore.experiments.clone import temporary_clone
from makemore.pipeline.summary import best_variant
from makemore.project.data_check import set_values

_SUBJECT = "makemore repro --data "  # of the commit; then comes the file


def path_in_clone(data: Path) -> Path:
    """The path of `data` for params.yaml of a clone: relative if git has it, so that it is right on every machine."""
    in_git = git("ls-files", "--", str(data)) and not git("ls-files", "--others", "--", str(data))
    return data if in_git and not data.is_absolute() else data.resolve()


def run_on_own_data(data: Path, changes: dict[str, Any], left_out: Iterable[str], jobs: int) -> int:
    """Runs the pipeline with other parameters, and keeps the results as an experiment named after the file.

    data: the file or folder of names
    changes: values of params.yaml by their dotted keys, such as {"data.max_length": 60}
    left_out: the variants that these names do not allow
    jobs: stages at a time

    Returns the exit status. Raises UserError if git or DVC fails, or if another process runs the same experiment here;
    Interrupted after Ctrl-C.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", data.name.partition(".")[0]).strip("-_")[:60] or "own"
    with temporary_clone(name, _SUBJECT) as clone:
        params = clone.folder / PARAMS
        write_text(params, changed(read_text(params), changes, left_out))
        if status := clone.repro(jobs):
            return status
        best, nll = best_variant(clone.folder)
        page = clone.keep(f"{_SUBJECT}{data}")
    print(f"\nbest on dev: {best}, {nll:.4f} nats per symbol\nreport: {page} (open it in a browser)")
    print("the committed results in this folder are unchanged; next:")
    print(f"  dvc exp apply {name}           # bring these models here: makemore sample {best}")
    print("  git restore params.yaml dvc.lock reports && dvc checkout  # and the committed ones back")
    return 0


def changed(params: str, changes: dict[str, Any], left_out: Iterable[str]) -> str:
    """The text of params.yaml with other values, and without some variants. Comments stay."""
    yaml = YAML()
    yaml.width = 10_000
    values = yaml.load(params)
    set_values(values, changes)
    for variant in left_out:
        del values["variants"][variant]
    stream = StringIO()
    yaml.dump(values, stream)
    return stream.getvalue()
