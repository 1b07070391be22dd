"""A browser, and results to look at."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from makemore.core import layout
from makemore.core.files import write_text
from makemore.core.params import load_params
from stages import report
from tests.browser.mlflow_ui import CHROMIUM, DESKTOP, browser
from tests.conftest import ROOT
from tests.tracking.workspace import make_results


@pytest.fixture(scope="session")
def page() -> Iterator[Page]:
    """A page of a browser that can reach nothing but loopback."""
    if CHROMIUM is None:
        pytest.skip("chromium (Debian package) is not installed")
    with browser() as page:
        yield page


@pytest.fixture(autouse=True)
def desktop(request: pytest.FixtureRequest) -> None:
    """Tests share the page, and some make it as small as a phone. A test without a page needs no browser."""
    if "page" in request.fixturenames:
        request.getfixturevalue("page").set_viewport_size(DESKTOP)


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the outputs of the stages for two small variants."""
    folder = tmp_path_factory.mktemp("results")
    make_results(folder)
    return folder


@pytest.fixture(scope="session")
def written(page: Page, results: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the report of the results. It needs `page` first: without a browser it is skipped."""
    folder = tmp_path_factory.mktemp("report") / "copy"
    shutil.copytree(results, folder)
    with contextlib.chdir(folder):
        write_text(layout.PRUNED, "")
        write_text(layout.CROISSANT, (ROOT / layout.CROISSANT).read_text(encoding="utf-8"))
        report.run(load_params())
    return folder
