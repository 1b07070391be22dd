"""Thousands of symbols: what the stage prepare needs stays far below a table of all pairs."""

import subprocess
import sys
from pathlib import Path

from makemore.core.files import write_json
from makemore.core.layout import BIGRAMS_FILE
from makemore.corpus.corpus import Corpus
from tests.conftest import PARAMS, ROOT

IDEOGRAPHS = [chr(0x4E00 + number) for number in range(20_000)]


def peak_memory(folder: Path, *arguments: str) -> float:
    """The gigabytes that `python -m stages` with these arguments needs at most, in `folder`."""
    code = (
        "import resource, subprocess, sys; subprocess.run([sys.executable, '-m', 'stages', *sys.argv[1:]], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6)"
    )
    command = [sys.executable, "-c", code, *arguments]
    environment = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_prepare_of_20_000_characters_stays_below_half_a_gigabyte(tmp_path: Path) -> None:
    text = "".join(f"{first}{second}\n" for first, second in zip(IDEOGRAPHS[::2], IDEOGRAPHS[1::2], strict=True))
    (tmp_path / "cjk.txt").write_text(text, encoding="utf-8")
    (tmp_path / "none.txt").touch()
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "artifacts/checked.txt").touch()
    values = PARAMS.model_dump()
    values["data"] |= {"path": "cjk.txt", "dev_path": "none.txt"}
    write_json(tmp_path / "params.yaml", values)  # JSON is YAML
    assert peak_memory(tmp_path, "prepare") < 0.5
    corpus = Corpus.load(tmp_path / "artifacts/corpus")
    assert len(corpus.vocabulary) == 20_001
    assert (tmp_path / "artifacts/corpus" / BIGRAMS_FILE).stat().st_size < 10**6
