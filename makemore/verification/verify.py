"""`makemore verify [REV]` recomputes the results of a commit and compares them with the committed ones.

A temporary clone of the commit, with an empty cache and no dvc.lock, runs every stage again. Each output is then

    identical                the same bytes, as promised on x86-64
    equal within tolerance   the same except for small differences between numbers, as expected on ARM or CUDA
    different                anything else

Committed outputs come from git, or if DVC caches them, from the user's cache; cached files are re-hashed to detect
corruption. The user's working tree and MLflow store are not touched.
"""

import json
import tempfile
from pathlib import Path

import yaml

from makemore.core.errors import UserError
from makemore.core.layout import ENVIRONMENT, LOCK
from makemore.git import git
from makemore.verification.comparison import Verdict, compare
from makemore.verification.environment import environment
from makemore.verification.rerun import rerun


def verify(revision: str) -> int:
    """Reruns the pipeline of `revision` and prints how each output compares. Returns 0 if none differs, else 1.

    Raises UserError outside a git repository, for a commit that does not exist or has no results, and if its pipeline
    fails.
    """
    root = Path(git("rev-parse", "--show-toplevel").decode().strip())
    if not root.is_absolute():
        raise UserError("verify: this folder is not in a git repository, or git is not installed")
    commit = git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", folder=root).decode().strip()
    if not commit:
        raise UserError(f"verify: {revision!r} is not a commit of this repository")
    committed = yaml.safe_load(git("show", f"{commit}:{LOCK}", folder=root) or "{}").get("stages")
    if not committed:
        raise UserError(f"verify: {revision} ({commit[:7]}) has no dvc.lock, so there are no results to compare with")
    print(f"Reproducing {revision} ({commit[:7]}) in a temporary clone with an empty cache", flush=True)
    with tempfile.TemporaryDirectory(prefix="makemore-verify-") as folder:
        clone = Path(folder) / "clone"
        rerun(root, clone, commit, committed)
        verdicts = list(compare(root, clone, commit, committed))
    return _report(verdicts, root, commit)


def _report(verdicts: list[Verdict], root: Path, commit: str) -> int:
    width = max(len(verdict.path) for verdict in verdicts)
    for verdict in verdicts:
        print(f"{verdict.stage:18} {verdict.path:{width}}  {verdict.verdict}{verdict.note and f' ({verdict.note})'}")
    unequal = [verdict for verdict in verdicts if verdict.verdict != "identical"]
    if not unequal:
        print(f"\nAll {len(verdicts)} outputs are identical.")
        return 0
    different = [verdict for verdict in unequal if verdict.verdict == "different"]
    print(f"\n{len(unequal)} of {len(verdicts)} outputs differ, the first in stage {unequal[0].stage}.")
    recorded = json.loads(git("show", f"{commit}:{ENVIRONMENT}", folder=root) or "{}")
    for name, value in environment().items():
        if recorded.get(name) != value:
            print(f"  {name}: recorded {recorded.get(name)!r}, here {value!r}")
    if not different:
        print(
            "Note: equal within tolerance, but not identical. Identical bytes are promised on x86-64 in portable mode."
        )
    return 1 if different else 0
