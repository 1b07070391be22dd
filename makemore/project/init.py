"""Writes the files of a new project.

dvc.yaml, params.yaml, stages and the example corpus are those of this repository: the wheel contains copies
(pyproject.toml), and in a checkout they are where they always are. dvc.yaml alone is changed: in this repository stages
depend on the code in makemore/, in a new project on requirements.txt, which pins the installed package.
"""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from makemore.commands import child_environment, git_must
from makemore.core.errors import UserError
from makemore.core.files import os_errors, write_text
from makemore.core.layout import PACKAGE

DISTRIBUTION = "reproducible-makemore"
REQUIREMENTS = "requirements.txt"
SHARED = Path(__file__).with_name("shared.txt")  # which files of this repository; setup.py reads it too
FILES = Path(__file__).with_name("files")  # those that this repository does not have
NAMES = {"gitignore": ".gitignore", "ci.yml": ".github/workflows/ci.yml"}  # files that have other names in FILES


def init(folder: Path) -> None:
    """Writes a new project to `folder`, which must not exist or be empty, and makes it a git and a DVC repository.

    Raises UserError if it has files, or if git or DVC fails; nothing is overwritten.
    """
    with os_errors(folder, "read"):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder}: exists and is not an empty folder; choose another one")
    files = project_files()
    with os_errors(folder, "written"):
        folder.mkdir(parents=True, exist_ok=True)
    git_must("init", "--quiet", "--initial-branch", "main", folder=folder)
    done = subprocess.run(
        [sys.executable, "-m", "dvc", "init", "--quiet"],
        cwd=folder,
        env=child_environment("DVC_"),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"{folder}: `dvc init` failed: {' '.join(done.stderr.split())}")
    for name, text in files.items():
        write_text(folder / name, text)


def project_files() -> dict[str, str]:
    """The text of each file of a new project, by its path."""
    source, patterns = shared_files(), SHARED.read_text(encoding="utf-8").split()
    shared = [path for pattern in patterns for path in sorted(source.glob(pattern))]
    files = {path.relative_to(source).as_posix(): path.read_text(encoding="utf-8") for path in shared}
    files["dvc.yaml"] = with_pinned_package(files["dvc.yaml"])
    torch = version("torch").partition("+")[0]
    values = {"distribution": DISTRIBUTION, "version": version(DISTRIBUTION), "torch": torch}
    for path in sorted(FILES.iterdir()):
        text = path.read_text(encoding="utf-8")
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        files[NAMES.get(path.name, path.name)] = text
    return files


def shared_files() -> Path:
    """The folder with the files that SHARED lists: in the installed package, or the checkout it is installed from."""
    packaged = Path(__file__).with_name("repository")
    return packaged if packaged.exists() else PACKAGE.parent


def with_pinned_package(dvc_yaml: str) -> str:
    """`dvc_yaml` with dependencies on requirements.txt in place of those on files in makemore/."""
    lines = r"(?:^( +)- makemore(?:/.*)?(?: #.*)?\n)+"
    return re.sub(lines, rf"\1- {REQUIREMENTS}\n", dvc_yaml, flags=re.MULTILINE)
