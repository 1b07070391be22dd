"""The committed outputs: from git, or if DVC caches them, from the user's cache."""

import json
from pathlib import Path

from makemore.commands import git
from makemore.core.files import file_md5


def committed_files(root: Path, commit: str, path: str, md5: str) -> dict[str, bytes]:
    """The files of a committed output by path, from git or from DVC's cache; none if neither has them."""
    tracked = git("ls-tree", "-r", "--name-only", commit, path, folder=root).decode().splitlines()
    if tracked:
        return {name: git("show", f"{commit}:{name}", folder=root) for name in tracked}
    files = {name: _cached(root, each) for name, each in _cached_hashes(root, path, md5).items()}
    return {name: file.read_bytes() for name, file in files.items()} if all(map(Path.exists, files.values())) else {}


def _cached_hashes(root: Path, path: str, md5: str) -> dict[str, str]:
    """The hash of each file of a cached output by path; none for a folder whose index is not in the cache."""
    if not md5.endswith(".dir"):
        return {path: md5}
    index = _cached(root, md5)
    entries = json.loads(index.read_bytes()) if index.exists() else []
    return {f"{path}/{entry['relpath']}": entry["md5"] for entry in entries}


def damage(root: Path, path: str, md5: str) -> str:
    """What is wrong with an output in the user's cache; empty if it matches its hash or is not in the cache."""
    file = _cached(root, md5)
    if file.exists() and file_md5(file) != md5.removesuffix(".dir"):
        return f"damaged in the cache: {file.relative_to(root)}; delete it and run `dvc repro` or `dvc pull`"
    inside = _cached_hashes(root, path, md5) if md5.endswith(".dir") else {}
    return next(filter(None, (damage(root, name, each) for name, each in inside.items())), "")


def _cached(root: Path, md5: str) -> Path:
    return root / ".dvc" / "cache" / "files" / "md5" / md5[:2] / md5[2:]
