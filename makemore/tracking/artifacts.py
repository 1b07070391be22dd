"""Finds which files are missing from the artifact folder of a run or of a logged model."""

from collections.abc import Iterable
from pathlib import PurePosixPath

from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

from makemore.tracking.store import Store


def missing_artifacts(store: Store, location: str, paths: Iterable[str], thorough: bool) -> list[str]:
    """Those of `paths` that are missing from the folder at the URI `location`.

    thorough: whether to list every folder, with one request each. Otherwise one request lists the root, and everything
        below a folder in it counts as present. On a local disk, where listing costs nothing, every folder is listed.
    """
    repository = get_artifact_repository(location, tracking_uri=store.client.tracking_uri)
    wanted = {PurePosixPath(path) for path in paths}
    if not thorough and not isinstance(repository, LocalArtifactRepository):
        wanted = {PurePosixPath(path.parts[0]) for path in wanted}
    folders = {path.parent for path in wanted}
    found = {
        PurePosixPath(file.path)
        for folder in folders
        for file in repository.list_artifacts(None if folder == PurePosixPath() else str(folder))
    }
    return sorted(map(str, wanted - found))
