"""The inputs that `makemore verify` copies to its clone. tests/pipeline/test_verify.py tests the rerun itself."""

from pathlib import Path

import pytest

from makemore.core.errors import UserError
from makemore.core.files import file_md5
from makemore.verification.rerun import _copy_input

NAME = "datasets/mine.txt"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A repository with a corpus of the user's own, and an empty clone."""
    root, clone = tmp_path / "repository", tmp_path / "temporary" / "clone"
    (root / NAME).parent.mkdir(parents=True)
    (root / NAME).write_bytes(b"emma\n")
    clone.mkdir(parents=True)
    return root, clone


def test_corpus_that_is_not_in_git_is_copied(folders: tuple[Path, Path]) -> None:
    root, clone = folders
    _copy_input(root / NAME, clone / NAME, clone, file_md5(root / NAME))
    assert (clone / NAME).read_bytes() == b"emma\n"


def test_file_that_is_in_git_is_left_alone(folders: tuple[Path, Path]) -> None:
    root, clone = folders
    (clone / NAME).parent.mkdir()
    (clone / NAME).write_bytes(b"committed\n")
    _copy_input(root / NAME, clone / NAME, clone, "0" * 32)
    assert (clone / NAME).read_bytes() == b"committed\n"


def test_output_of_the_pipeline_is_not_copied(folders: tuple[Path, Path]) -> None:
    root, clone = folders
    _copy_input(root / "artifacts/checked.txt", clone / "artifacts/checked.txt", clone, "0" * 32)
    assert list(clone.iterdir()) == []


def test_changed_corpus_is_an_error(folders: tuple[Path, Path]) -> None:
    root, clone = folders
    for path in (root / NAME, root / "missing.txt"):
        with pytest.raises(UserError, match=r"is not the file that this commit was computed from \(md5 0{32}\)"):
            _copy_input(path, clone / NAME, clone, "0" * 32)
    assert list(clone.iterdir()) == []


def test_corpus_outside_the_repository_is_an_error(folders: tuple[Path, Path]) -> None:
    root, clone = folders
    outside = root / ".." / "names.txt"
    outside.write_bytes(b"emma\n")
    with pytest.raises(UserError, match=r"names\.txt is outside the repository; move the corpus inside, or import it"):
        _copy_input(outside, clone / ".." / "names.txt", clone, file_md5(outside))
    assert not (clone / ".." / "names.txt").exists()
