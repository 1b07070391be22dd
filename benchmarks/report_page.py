"""The page of the report: how large it is, and how soon Chromium shows something of it, compared with an empty page.

It reads reports/report.html, which `dvc repro` writes. The time is that of the browser's own mark
`first-contentful-paint`, from the start of the navigation; that of `load` includes running every variant once.
"""

import shutil
import statistics
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.harness import ROOT, table
from makemore.core.errors import UserError
from makemore.core.layout import REPORT_HTML
from makemore.core.params import Params

ROUNDS = 7
MARKS = """() => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    const [load] = performance.getEntriesByType("navigation");
    return paint && load.loadEventEnd ? [paint.startTime, load.loadEventEnd] : null;
}"""


def main(params: Params) -> None:
    report, chromium = ROOT / REPORT_HTML, shutil.which("chromium")
    if not report.is_file() or chromium is None:
        raise UserError(f"{REPORT_HTML} and chromium (Debian package) are needed; `dvc repro` writes the page")
    empty = "data:text/html,<!doctype html><title>empty</title><p>empty"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        rounds = [(_marks(page, empty), _marks(page, report.as_uri())) for _ in range(ROUNDS)]
        browser.close()
    rows = []
    for number, name in enumerate(("empty", Path(REPORT_HTML).name)):
        paint, load = (statistics.median(marks[number][which] for marks in rounds) for which in (0, 1))
        rows.append((name, f"{paint:.0f}", f"{load:.0f}"))
    size = report.stat().st_size
    table(f"The page of the report, {size:,} bytes", ("page", "first paint, ms", "loaded, ms"), rows)


def _marks(page: Page, address: str) -> list[float]:
    """When something was first painted, and when the page was loaded, in milliseconds."""
    page.goto("about:blank")
    page.goto(address)
    marks: list[float] = page.wait_for_function(MARKS).json_value()
    return marks
