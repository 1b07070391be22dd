"""An ARM CPU, another version of torch, other kernels and more threads compute the same bytes as this machine.

The ARM CPU is emulated: .ci/arm builds a folder with Python and torch for it, which MAKEMORE_ARM names, or which is
kept in the user's cache. TORCH_PYTHON is the Python of an environment with another version of torch.
"""

import json
import os
import subprocess
import sys
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

# The first case is what the others are compared with. MKL_CBWR: MKL's kernels for any CPU; ATEN_...: those of torch.
OTHER_KERNELS = {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE", "OMP_NUM_THREADS": "2"}


def make_project(folder: Path, arithmetic: str) -> None:
    """Writes a small corpus, and a params.yaml with a small variant of each kind of model."""
    (folder / "datasets").mkdir(parents=True)
    names = (ROOT / "datasets/names.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "datasets/names.txt").write_text("".join(names[::EVERY_NAME]), encoding="utf-8")
    (folder / "datasets/no-dev.txt").touch()
    (folder / "datasets/croissant.json").write_bytes((ROOT / "datasets/croissant.json").read_bytes())
    values = yaml.safe_load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["variants"] = {
        name: config | {key: value for key, value in SHORT.items() if key in config}
        for name, config in VARIANTS.items()
    }
    values["ensembles"] = {"ensemble": {"model": "ensemble", "members": ["gpt", "lstm", "ngram"], "weights": "fitted"}}
    values["variants"]["gpt-wide"] |= WIDE
    values["compute"]["arithmetic"] = arithmetic
    values["sample"]["names"] = 50
    (folder / "params.yaml").write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


def computed(folder: Path, python: str | Path, arithmetic: str = "exact", **environment: str) -> dict[str, Any]:
    """What arm_program.py prints in a new project in `folder`, run by `python`."""
    make_project(folder, arithmetic)
    done = subprocess.run(
        [python, "-m", "tests.nightly.arm_program"],
        cwd=folder,
        env=child_environment("ATEN_", "MKL_", "OMP_", PYTHONPATH=str(ROOT), **environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What this machine computes, with one thread."""
    found = computed(tmp_path_factory.mktemp("here") / "project", sys.executable, OMP_NUM_THREADS="1")
    assert found["threads"] == 1
    assert found["hashes"].keys() >= {
        "gpt/initial/blocks.0.mlp.widen.weight",
        "gpt/grad/blocks.0.mlp.widen.weight",
        "gpt/adamw/matrices/second",
        "artifacts/models/lstm/weights.safetensors",
        "artifacts/losses/gpt-modern.safetensors",
        "reports/metrics/count.json",
        "reports/samples/gpt.txt",
        "reports/report.html",
    }
    return found


@pytest.fixture(scope="module")
def arm() -> Path:
    """The emulated machine's Python. MAKEMORE_ARM is its folder; by default it is built in the user's cache."""
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


def test_two_threads_compute_the_same_bytes(here: dict[str, Any], tmp_path: Path) -> None:
    found = computed(tmp_path / "project", sys.executable, OMP_NUM_THREADS="2")
    assert found["threads"] == 2
    check_same(here, found)


def test_other_kernels_compute_the_same_bytes(here: dict[str, Any], tmp_path: Path) -> None:
    """What torch and MKL use on a CPU without AVX."""
    found = computed(tmp_path / "project", sys.executable, **OTHER_KERNELS)
    assert found["kernels"] == "DEFAULT"
    check_same(here, found)


def test_another_version_of_torch_computes_the_same_bytes(here: dict[str, Any], tmp_path: Path) -> None:
    python = os.environ.get("TORCH_PYTHON")
    if not python:
        pytest.skip("TORCH_PYTHON is not set to the Python of an environment with another version of torch")
    found = computed(tmp_path / "project", python)
    assert found["torch"] != here["torch"]
    check_same(here, found)


def test_arm_computes_the_same_bytes(here: dict[str, Any], arm: Path, tmp_path: Path) -> None:
    found = computed(tmp_path / "project", arm, OMP_NUM_THREADS="2")
    assert found["machine"] == "aarch64"
    assert found["torch"] != here["torch"]
    check_same(here, found)


def test_native_arithmetic_computes_other_bytes_with_other_kernels(tmp_path: Path) -> None:
    """Proves that the tests above are able to fail."""
    first, second = (
        computed(tmp_path / str(number), sys.executable, "native", **environment)["hashes"]
        for number, environment in enumerate(({"OMP_NUM_THREADS": "1"}, OTHER_KERNELS))
    )
    assert [name for name in first if first[name] != second[name] and name.startswith("gpt/model")]
