"""Takes the screenshots in the docs, of the report and of MLflow's runs in the current folder (`make screenshots`)."""

import sys
import tempfile
from pathlib import Path

from mlflow import MlflowClient
from playwright.sync_api import Page, expect

from makemore.core import layout
from tests.browser.mlflow_ui import browser, show_curves, show_table
from tests.tracking.server import Server


def main(folder: Path) -> None:
    """Writes the pictures to `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if not layout.REPORT_HTML.exists():
        sys.exit(f"error: there is no {layout.REPORT_HTML} in this folder; `dvc repro` writes it")
    with browser(scale=2) as page:
        take_report(page, folder / "report.png")
    with browser() as page:
        take_runs(page, folder)


def take_report(page: Page, path: Path) -> None:
    """The chapter in which the variants run, on a narrow screen: a prefix is typed, and names are drawn from it."""
    page.set_viewport_size({"width": 760, "height": 900})
    page.goto(layout.REPORT_HTML.resolve().as_uri())
    page.get_by_label("prefix").fill("mar")
    page.get_by_role("button", name="Draw names").click()
    expect(page.get_by_text("names from each variant, with seed")).to_be_visible()
    page.evaluate("scrollTo(0, 0)")  # so that positions are those in the whole page
    form, card = (page.locator(f"#play {each}").first.bounding_box() for each in ("form", ".variants > *"))
    assert form is not None
    assert card is not None
    height = card["y"] + card["height"] - form["y"] + 24
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": form["y"] - 12, "width": 760, "height": height})


def take_runs(page: Page, folder: Path) -> None:
    """MLflow's table of runs, and their curves."""
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
