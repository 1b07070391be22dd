"""Takes the screenshots of MLflow in the docs, from the runs of the current folder (`make screenshots`)."""

import sys
import tempfile
from pathlib import Path

from mlflow import MlflowClient

from tests.browser.mlflow_ui import browser, show_curves, show_table
from tests.tracking.server import Server


def main(folder: Path) -> None:
    """Writes a picture of the table of runs, and one of their curves, to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as logs, browser() as page:
        server = Server(Path(logs), "--backend-store-uri", f"sqlite:///{Path.cwd()}/mlflow.db")
        try:
            experiment = MlflowClient(server.uri).get_experiment_by_name("makemore")
            if experiment is None:
                sys.exit("error: there are no runs in this folder; `dvc repro` writes them")
            for name, show in (("runs", show_table), ("curves", show_curves)):
                show(page, server.uri, experiment.experiment_id)
                page.wait_for_timeout(3000)  # until animations have ended
                page.screenshot(path=folder / f"mlflow-{name}.png")
        finally:
            server.kill()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
