"""`makemore verify [REV]` recomputes the results of a commit and compares them with the committed ones.

A temporary clone of the commit, with an empty cache of its own and no dvc.lock, runs every stage again. Each output is
then

    identical                the same bytes, as exact arithmetic promises
    equal within tolerance   the same but for small differences between numbers, as in native arithmetic elsewhere
    different                anything else

Committed outputs come from git, or if DVC caches them, from the user's cache; cached files are re-hashed to detect
corruption. The user's working tree and MLflow store are not touched.
"""

import errno
import json
import os
import tempfile
from pathlib import Path

from makemore.core.files import os_errors, write_text
from makemore.core.layout import ENVIRONMENT
from makemore.revisions import Revision
from makemore.verification.comparison import Verdict, compare
from makemore.verification.environment import environment
from makemore.verification.rerun import rerun
from makemore.verification.statement import statement


def verify(revision: str, attestation: Path | None = None) -> int:
    """Reruns the pipeline of `revision` and prints how each output compares. Returns 0 if none differs, else 1.

    attestation: the file for a statement of what was found, whatever it is

    Raises UserError outside a git repository, for a commit that does not exist or has no results, if its pipeline
    fails, and if the statement cannot be written.
    """
    if attestation:
        _check_writable(attestation)
    commit = Revision.find(revision, "verify")
    print(f"Recomputing {len(commit.outputs)} outputs of {commit} in a temporary clone with an empty cache", flush=True)
    with tempfile.TemporaryDirectory(prefix="makemore-verify-") as folder:
        verdicts = list(compare(commit, rerun(commit, Path(folder) / "clone")))
    status = _report(verdicts, commit)
    if attestation:
        write_text(attestation, statement(commit, verdicts).text())
        print(f"Statement: {attestation}")
    return status


def _check_writable(path: Path) -> None:
    """Raises UserError if a file cannot be written to `path`: now, and not after the rerun."""
    with os_errors(path, "written"):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        tempfile.TemporaryFile(dir=path.parent).close()


def _report(verdicts: list[Verdict], commit: Revision) -> int:
    width = max(len(verdict.path) for verdict in verdicts)
    for verdict in verdicts:
        print(f"{verdict.stage:18} {verdict.path:{width}}  {verdict.verdict}{verdict.note and f' ({verdict.note})'}")
    unequal = [verdict for verdict in verdicts if verdict.verdict != "identical"]
    if not unequal:
        print(f"\nAll {len(verdicts)} outputs are identical.")
        return 0
    different = [verdict for verdict in unequal if verdict.verdict == "different"]
    print(f"\n{len(unequal)} of {len(verdicts)} outputs differ, the first in stage {unequal[0].stage}.")
    recorded = json.loads(commit.show(ENVIRONMENT) or "{}")
    for name, value in environment().items():
        if recorded.get(name) != value:
            print(f"  {name}: recorded {recorded.get(name)!r}, here {value!r}")
    if not different:
        print("Note: equal within tolerance, but not identical. Identical bytes are promised in exact arithmetic.")
    return 1 if different else 0
