"""Takes the screenshots in the docs, of the report and of MLflow's runs in the current folder (`make screenshots`)."""

import sys
import tempfile
from pathlib import Path
from typing import Literal

from mlflow import MlflowClient
from playwright.sync_api import Page, expect

from makemore.core import layout
from tests.browser.mlflow_ui import browser, show_curves, show_table
from tests.tracking.server import Server

SCREENS: tuple[tuple[str, int, int, Literal["light", "dark"]], ...] = (
    ("report", 1280, 800, "light"),
    ("report-phone", 390, 844, "dark"),
)


def main(folder: Path) -> None:
    """Writes the pictures to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if not layout.REPORT_HTML.exists():
        sys.exit(f"error: there is no {layout.REPORT_HTML} in this folder; `dvc repro` writes it")
    with browser() as page:
        take_runs(page, folder)
        take_report(page, folder)


def take_report(page: Page, folder: Path) -> None:
    """The first screen of the page, on a desktop and on a phone in the dark, once all names are there."""
    for name, width, height, scheme in SCREENS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": height})
        page.goto(layout.REPORT_HTML.resolve().as_uri())
        expect(page.locator(".invent [role=status]")).to_have_text("Seed 1.")
        page.screenshot(path=folder / f"{name}.png")


def take_runs(page: Page, folder: Path) -> None:
    """MLflow's table of runs, and their curves: what the links of `make ui` open."""
    with tempfile.TemporaryDirectory() as logs:
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
