"""`makemore verify [REV]`: does this machine compute the results that a commit holds?

A temporary clone of the commit, with an empty cache and no dvc.lock, runs every stage again; then each output is
compared with the committed one:

    identical                the same bytes: what is promised on x86-64
    equal within tolerance   the same but for small differences of numbers: what other processors (ARM, CUDA) can give
    different                anything else

The committed outputs come from git, or, where DVC caches them, from the user's cache; what the cache holds is held
against its hash, so that damage there is found too. The user's tree and MLflow record are left alone.
"""

import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from tqdm import tqdm

from makemore.errors import UserError
from makemore.files import file_md5

ENVIRONMENT = "environment.json"  # of the machine that computed the committed results; `make record` writes it
TOLERANCE = 0.02  # of a number's size, or of 1 for smaller ones
_NUMBER = re.compile(r"(-?\d+\.?\d*(?:[eE][-+]?\d+)?)")


@dataclass(frozen=True)
class Verdict:
    """How an output of the rerun compares with the committed one."""

    stage: str
    path: str
    verdict: str  # identical, equal within tolerance, different
    note: str = ""


def verify(revision: str, root: Path) -> int:
    """Reruns the pipeline of `revision` and prints how each output compares; 0 if all are equal, else 1.

    Raises UserError where there is no such commit, or where it holds no results, or where its pipeline fails.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()
    if not commit:
        raise UserError(f"verify: {revision!r} is not a commit of this repository")
    committed = yaml.safe_load(_git(root, "show", f"{commit}:dvc.lock") or "{}").get("stages")
    if not committed:
        raise UserError(f"verify: {revision} ({commit[:7]}) holds no dvc.lock, and so no results to compare with")
    print(f"Reproducing {revision} ({commit[:7]}) in a temporary clone with an empty cache", flush=True)
    with tempfile.TemporaryDirectory(prefix="makemore-verify-") as folder:
        clone = Path(folder) / "clone"
        _reproduce(root, clone, commit, committed)
        verdicts = list(_compare(root, clone, commit, committed))
    return _report(verdicts, root, commit)


def environment() -> dict[str, Any]:
    """What of this machine can have a part in the results."""
    return {
        "cpu": _cpu(),
        "machine": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "cores": os.cpu_count(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


# The rerun


def _reproduce(root: Path, clone: Path, commit: str, committed: dict[str, Any]) -> None:
    """Runs every stage of `commit`, up to the report, in a new clone at `clone`."""
    _git(root, "clone", "--quiet", "--no-checkout", str(root), str(clone))
    _git(clone, "checkout", "--quiet", "--detach", commit)
    (clone / "dvc.lock").unlink()  # without it DVC takes no output for up to date
    for dependency in committed.get("prepare", {}).get("deps", ()):
        _bring(root / dependency["path"], clone / dependency["path"], clone, dependency["md5"])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DVC_", "MLFLOW_"))}
    process = subprocess.Popen(
        ["dvc", "repro", "report"],
        cwd=clone,
        env={**inherited, "DVC_NO_ANALYTICS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = []
    stages = sum(name != "track" for name in committed)
    with process, tqdm(total=stages, unit="stage", disable=None, file=sys.stderr) as progress:
        for line in process.stdout or ():
            output.append(line)
            if line.startswith("Running stage"):
                progress.set_description(line.split("'")[1])
                progress.update()
    if process.returncode:
        raise UserError(f"verify: the pipeline of {commit[:7]} fails here: {''.join(output[-3:]).strip()}")


def _bring(source: Path, target: Path, clone: Path, md5: str) -> None:
    """Copies what `prepare` reads, and git does not have, to the clone: a corpus of the user's own."""
    if target.exists() or "artifacts" in target.relative_to(clone).parts[:1]:
        return
    if clone.resolve() not in target.resolve().parents:
        raise UserError(
            f"verify: {source} lies outside of the repository; put the corpus inside, or `dvc import-url` it"
        )
    if not source.is_file() or file_md5(source) != md5:
        raise UserError(
            f"verify: {source} is not the file that this commit was computed from (md5 {md5}); bring that one"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


# The comparison


def _compare(root: Path, clone: Path, commit: str, committed: dict[str, Any]) -> Iterator[Verdict]:
    """A verdict on every output, in the order in which the stages ran."""
    rerun = yaml.safe_load((clone / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    for stage in rerun:
        new = {out["path"]: out["md5"] for out in rerun[stage].get("outs", ())}
        old = {out["path"]: out["md5"] for out in committed.get(stage, {}).get("outs", ())}
        for path in sorted(new.keys() | old.keys()):
            if path not in new or path not in old:
                where = "the rerun" if path in new else "the commit"
                yield Verdict(stage, path, "different", f"only in {where}")
                continue
            damage = _damage(root, path, old[path])
            if damage:
                yield Verdict(stage, path, "different", damage)
            elif new[path] == old[path]:
                yield Verdict(stage, path, "identical")
            else:
                yield _difference(root, clone, commit, Verdict(stage, path, "different"), old[path])


def _difference(root: Path, clone: Path, commit: str, verdict: Verdict, md5: str) -> Verdict:
    """How far the files of an output are from the committed ones, whose hash is `md5`."""
    old = _committed_files(root, commit, verdict.path, md5)
    path = clone / verdict.path
    new = {file.relative_to(clone).as_posix(): file for file in (sorted(path.rglob("*")) if path.is_dir() else [path])}
    if not old:
        return Verdict(verdict.stage, verdict.path, "different", "no copy of the committed one here; try `dvc pull`")
    if old.keys() != new.keys():
        return Verdict(verdict.stage, verdict.path, "different", "other files")
    largest = max(_distance(name, old[name], file.read_bytes()) for name, file in new.items())
    close = largest <= TOLERANCE
    note = f"largest difference {largest:.2g}" if largest < float("inf") else "not only numbers differ"
    return Verdict(verdict.stage, verdict.path, "equal within tolerance" if close else "different", note)


def _distance(name: str, old: bytes, new: bytes) -> float:
    """The largest difference of two numbers in the same place, relative to their size or 1; infinite for all else."""
    if name.endswith(".safetensors"):
        return _distance_of_tensors(old, new)
    texts = _NUMBER.split(old.decode(errors="replace")), _NUMBER.split(new.decode(errors="replace"))
    if texts[0][::2] != texts[1][::2]:
        return float("inf")
    pairs = zip(map(float, texts[0][1::2]), map(float, texts[1][1::2]), strict=True)
    return max((abs(a - b) / max(1.0, abs(a), abs(b)) for a, b in pairs), default=0.0)


def _distance_of_tensors(old: bytes, new: bytes) -> float:
    import safetensors.torch  # here: other commands do not wait for torch

    first, second = safetensors.torch.load(old), safetensors.torch.load(new)
    if {name: tensor.shape for name, tensor in first.items()} != {
        name: tensor.shape for name, tensor in second.items()
    }:
        return float("inf")
    pairs = ((first[name].double(), second[name].double()) for name in first)
    distances = [((a - b).abs() / a.abs().clamp(min=1)).max().item() for a, b in pairs if a.numel()]
    return float("inf") if any(map(math.isnan, distances)) else max(distances, default=0.0)  # max() may pass over a NaN


def _committed_files(root: Path, commit: str, path: str, md5: str) -> dict[str, bytes]:
    """The files of a committed output by path, from git or from DVC's cache; none where neither has them."""
    tracked = _git(root, "ls-tree", "-r", "--name-only", commit, path).decode().splitlines()
    if tracked:
        return {name: _git(root, "show", f"{commit}:{name}") for name in tracked}
    files = {name: _cached(root, each) for name, each in _cached_hashes(root, path, md5).items()}
    return {name: file.read_bytes() for name, file in files.items()} if all(map(Path.exists, files.values())) else {}


def _cached_hashes(root: Path, path: str, md5: str) -> dict[str, str]:
    """The hash of each file of a cached output by path; none for a folder whose list the cache does not have."""
    if not md5.endswith(".dir"):
        return {path: md5}
    index = _cached(root, md5)
    entries = json.loads(index.read_bytes()) if index.exists() else []
    return {f"{path}/{entry['relpath']}": entry["md5"] for entry in entries}


def _damage(root: Path, path: str, md5: str) -> str:
    """What is wrong with the copies of an output in the user's cache; empty where they are right, or not there."""
    file = _cached(root, md5)
    if file.exists() and file_md5(file) != md5.removesuffix(".dir"):
        return f"damaged in the cache: {file.relative_to(root)}; delete it and run `dvc repro` or `dvc pull`"
    inside = _cached_hashes(root, path, md5) if md5.endswith(".dir") else {}
    return next(filter(None, (_damage(root, name, each) for name, each in inside.items())), "")


def _cached(root: Path, md5: str) -> Path:
    return root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]


def _git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False).stdout


# The answer


def _report(verdicts: list[Verdict], root: Path, commit: str) -> int:
    width = max(len(verdict.path) for verdict in verdicts)
    for verdict in verdicts:
        print(f"{verdict.stage:18} {verdict.path:{width}}  {verdict.verdict}{verdict.note and f' ({verdict.note})'}")
    deviating = [verdict for verdict in verdicts if verdict.verdict != "identical"]
    if not deviating:
        print(f"\nAll {len(verdicts)} outputs are identical.")
        return 0
    different = [verdict for verdict in deviating if verdict.verdict == "different"]
    print(f"\n{len(deviating)} of {len(verdicts)} outputs deviate, the first in stage {deviating[0].stage}.")
    recorded = json.loads(_git(root, "show", f"{commit}:{ENVIRONMENT}") or "{}")
    for name, value in environment().items():
        if recorded.get(name) != value:
            print(f"  {name}: recorded {recorded.get(name)!r}, here {value!r}")
    if not different:
        print("Note: equal within tolerance, not identical. The same bytes are promised on x86-64, in portable mode.")
    return 1 if different else 0
