"""A disk that is full while a corpus is prepared: one clear line, no half-written corpus, and then it goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from makemore.core.files import write_json
from makemore.core.layout import CARD_FILE, CHECKED, CHUNKS, CORPUS
from tests.conftest import PARAMS, ROOT
from tests.preparation.corpora import files_of

NAMES = "".join(f"{first}{second}\n" for first in range(10**4, 10**5) for second in "abcd")  # 2.5 MB
# A disk of the size $1 at $0, only visible to this process.
ON_A_SMALL_DISK = 'mount -t tmpfs -o size="$1" disk "$0" && exec "$2" -m stages prepare'
UNSHARE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


@pytest.fixture(scope="module", autouse=True)
def _mounts_are_allowed(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("disk")
    try:
        subprocess.run([*UNSHARE, 'mount -t tmpfs disk "$0"', str(folder)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this machine does not let us mount a small disk")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder in which `prepare` can run."""
    (tmp_path / "names.txt").write_text(NAMES, encoding="utf-8")
    (tmp_path / "none.txt").touch()
    values = PARAMS.model_dump()
    values["data"] |= {"path": "names.txt", "dev_path": "none.txt"}
    write_json(tmp_path / "params.yaml", values)  # JSON is YAML
    for path in (CHECKED, CORPUS / "x", CHUNKS / "x"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / CHECKED).touch()
    return tmp_path


def prepare(project: Path, *disk: str) -> "subprocess.CompletedProcess[str]":
    """Prepares the corpus, on a disk of a folder and a size, or on the disk of the project."""
    command = (
        [*UNSHARE, ON_A_SMALL_DISK, *disk, sys.executable] if disk else [sys.executable, "-m", "stages", "prepare"]
    )
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("folder", [CHUNKS, CORPUS])
def test_full_disk_is_one_line_and_nothing_is_half_written(project: Path, folder: Path) -> None:
    """Finished chunks, or the corpus, are on a disk of 1 MB."""
    done = prepare(project, str(folder), "1m")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"error: {folder}/")
    assert done.stderr.endswith(": cannot be written: No space left on device; free some space on the disk\n")
    assert not (project / CORPUS / CARD_FILE).exists()
    assert prepare(project).returncode == 0
    assert CARD_FILE in files_of(project / CORPUS)
    assert not (project / CHUNKS).exists()
