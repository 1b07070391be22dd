"""A browser, and results to look at."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.mlflow_ui import CHROMIUM, browser
from tests.tracking.workspace import make_results


@pytest.fixture(scope="session")
def page() -> Iterator[Page]:
    """A page of a browser that can reach nothing but loopback."""
    if CHROMIUM is None:
        pytest.skip("chromium (Debian package) is not installed")
    with browser() as page:
        yield page


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the outputs of the stages for two small variants."""
    folder = tmp_path_factory.mktemp("results")
    make_results(folder)
    return folder
