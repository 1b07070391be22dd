"""The report and the page of a sweep draw their charts in a browser without a network."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from makemore.core import layout
from makemore.core.files import write_text
from makemore.core.params import load_params
from makemore.models.base.curve import read_curve
from makemore.sweeps.page import sweep_page
from stages import report


def check_charts(page: Page, path: Path, names: list[str]) -> None:
    """Checks that the page at `path` draws exactly these charts, without errors and without any other file."""
    errors, requests = list[str](), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    expect(page.locator("svg.marks")).to_have_count(len(names))
    for name in names:
        expect(page.locator(f"#{name} svg.marks")).to_be_visible()
    assert errors == []
    assert requests == [path.as_uri()]


def check_accessible(page: Page) -> None:
    """Checks that axe-core finds nothing at the width of a desktop and of a phone, in light and dark, all unfolded."""
    page.get_by_label("prefix").fill("an")
    page.get_by_text("attention of 4 heads").click()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is wider than the screen"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            violations = Axe().run(page).response["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    page.emulate_media(color_scheme="light")


@pytest.fixture
def folder(results: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the results; it is the current folder."""
    shutil.copytree(results, tmp_path / "copy")
    with contextlib.chdir(tmp_path / "copy"):
        yield Path.cwd()


def test_report_draws_all_charts(page: Page, folder: Path) -> None:
    write_text(layout.PRUNED, "")
    report.run(load_params())
    check_charts(page, folder / layout.REPORT_HTML, ["losses", "sizes", "curves", "positions", "heatmaps"])
    check_accessible(page)


def test_sweep_draws_values_and_curves(page: Page, folder: Path) -> None:
    losses = pd.DataFrame({"variant": ["lr 0.1", "lr 0.2"], "nll": [2.5, float("inf")], "lr": [0.1, 0.2]})
    table = [["experiment", "lr", "dev NLL"], ["rate-1", "0.1", "2.5"], ["rate-2", "0.2", "inf"]]
    curves = {"lr 0.1": read_curve(layout.MODELS / "gpt" / layout.CURVE_FILE)}
    path = folder / "sweep.html"
    write_text(path, sweep_page("rate", table, losses, ["lr"], curves, []))
    check_charts(page, path, ["values", "curves"])
