"""Downloads the weights of a logged model, for `makemore.load`. The code that was logged with it stays where it is."""

from pathlib import Path

import mlflow

from makemore.tracking.address import StoreError, sqlite_file, store_uri
from makemore.tracking.limits import queries


def download_model(uri: str, folder: Path) -> Path:
    """Downloads config.json, weights.safetensors and settings.json of a model to `folder`; returns where they are.

    uri: such as models:/makemore@champion or models:/makemore/3

    Raises UserError if there is no such model, or if MLflow cannot be queried.
    """
    with queries():
        store = store_uri(Path())
        file = sqlite_file(store)
        if file and not file.exists():  # MLflow would create one
            raise StoreError(f"there is no {file.name} here; `dvc repro` creates it, or set MLFLOW_TRACKING_URI")
        mlflow.set_tracking_uri(store)
        return Path(mlflow.artifacts.download_artifacts(f"{uri}/artifacts/model", dst_path=str(folder)))
