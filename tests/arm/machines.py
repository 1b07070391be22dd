"""Runs one small pipeline on several machines: this one, with other kernels or threads, and an emulated ARM CPU.

The ARM CPU is emulated by QEMU: .ci/arm builds a folder with Python and torch for it. MAKEMORE_ARM names that folder,
which is in the user's cache by default.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from makemore.commands import child_environment
from tests.conftest import CONFIGS, MODERN, ROOT

# Few names and short trainings: an emulated CPU takes twenty times as long.
EVERY_NAME = 40
SHORT = {"steps": 10, "warmup_steps": 2, "eval_every": 5, "batch_size": 32}
GPT = CONFIGS["gpt"]
VARIANTS: dict[str, dict[str, Any]] = {
    **{name: config for name, config in CONFIGS.items() if name != "ensemble"},
    "rnn": CONFIGS["rnn"] | {"cell": "rnn"},
    "gru": CONFIGS["rnn"],
    "lstm": CONFIGS["rnn"] | {"cell": "lstm"},
    "gpt-modern": GPT | MODERN,
    # Large enough for torch to divide operations among threads.
    "gpt-wide": GPT | MODERN | {"norm": "layer", "activation": "gelu", "n_embd": 32, "n_head": 4},
}
WIDE = {"steps": 2, "eval_every": 2, "batch_size": 100}


def make_project(folder: Path, arithmetic: str, variants: Sequence[str]) -> None:
    """Writes a small corpus, and a params.yaml with some of VARIANTS and an ensemble."""
    (folder / "datasets").mkdir(parents=True)
    names = (ROOT / "datasets/names.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "datasets/names.txt").write_text("".join(names[::EVERY_NAME]), encoding="utf-8")
    (folder / "datasets/no-dev.txt").touch()
    (folder / "datasets/croissant.json").write_bytes((ROOT / "datasets/croissant.json").read_bytes())
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["variants"] = {
        name: VARIANTS[name] | {key: value for key, value in SHORT.items() if key in VARIANTS[name]}
        for name in variants
    }
    if "gpt-wide" in variants:
        values["variants"]["gpt-wide"] |= WIDE
    members = [name for name in ("gpt", "lstm", "ngram") if name in variants]
    values["ensembles"] = {"ensemble": {"model": "ensemble", "members": members, "weights": "fitted"}}
    values["compute"]["arithmetic"] = arithmetic
    values["sample"]["names"] = 50
    (folder / "params.yaml").write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


def computed(
    folder: Path,
    python: str | Path,
    arithmetic: str = "exact",
    variants: Sequence[str] = tuple(VARIANTS),
    **environment: str,
) -> dict[str, Any]:
    """What program.py prints in a new project in `folder`, run by `python`."""
    make_project(folder, arithmetic, variants)
    done = subprocess.run(
        [python, "-m", "tests.arm.program"],
        cwd=folder,
        env=child_environment("ATEN_", "MKL_", "OMP_", PYTHONPATH=str(ROOT), **environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def emulated_python() -> Path:
    """The Python of the emulated machine, which is built if there is none. Skips the test if it cannot be built."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    root = Path(os.environ.get("MAKEMORE_ARM") or cache / "makemore" / "arm")
    if not os.environ.get("MAKEMORE_ARM"):
        done = subprocess.run(
            [ROOT / ".ci" / "arm", root],
            env=child_environment(PYTHON=sys.executable),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            pytest.skip(f"no emulated ARM machine can be built here (.ci/arm): {done.stderr.strip()[-300:]}")
    if not (root / "python").is_file():
        pytest.skip(f"MAKEMORE_ARM: {root} has no emulated ARM machine (.ci/arm)")
    return root / "python"


def check_same(here: dict[str, Any], other: dict[str, Any]) -> None:
    expected, found = here["hashes"], other["hashes"]
    assert found.keys() == expected.keys()
    assert [name for name in found if found[name] != expected[name]] == []
