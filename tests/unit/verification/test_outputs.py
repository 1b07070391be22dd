"""Corruption of DVC's cache."""

import hashlib
import json
from pathlib import Path

import pytest

from makemore.verification.outputs import damage


def md5_of(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def cache(root: Path, content: bytes, suffix: str = "") -> tuple[Path, str]:
    """Puts `content` into the cache; its path and its hash as dvc.lock has it."""
    md5 = md5_of(content) + suffix
    path = root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path, md5


def test_intact_file_is_not_damaged(tmp_path: Path) -> None:
    _, md5 = cache(tmp_path, b"weights")
    assert damage(tmp_path, "model.safetensors", md5) == ""


def test_file_that_is_not_in_the_cache_is_not_damaged(tmp_path: Path) -> None:
    assert damage(tmp_path, "model.safetensors", md5_of(b"weights")) == ""
    assert damage(tmp_path, "models", f"{md5_of(b'index')}.dir") == ""


def test_changed_byte_is_found(tmp_path: Path) -> None:
    path, md5 = cache(tmp_path, b"weights")
    path.write_bytes(b"weightz")
    assert damage(tmp_path, "model.safetensors", md5) == (
        f"damaged in the cache: {path.relative_to(tmp_path)}; delete it and run `dvc repro` or `dvc pull`"
    )


@pytest.mark.parametrize("which", ["index", "file"])
def test_changed_byte_in_a_cached_folder_is_found(tmp_path: Path, which: str) -> None:
    file, md5 = cache(tmp_path, b"tokens")
    index, md5_of_folder = cache(tmp_path, json.dumps([{"md5": md5, "relpath": "tokens"}]).encode(), ".dir")
    assert damage(tmp_path, "corpus", md5_of_folder) == ""
    damaged = {"index": index, "file": file}[which]
    damaged.write_bytes(damaged.read_bytes() + b" ")
    assert f"damaged in the cache: {damaged.relative_to(tmp_path)};" in damage(tmp_path, "corpus", md5_of_folder)
