"""The report draws its charts in a browser without a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from makemore.core import layout
from makemore.report.pages import CHAPTERS


def open_page(page: Page, path: Path) -> list[str]:
    """Opens the page at `path`, and checks that it loads nothing else. Returns its errors, also those to come."""
    errors, requests = list[str](), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto("about:blank")
    page.goto(path.as_uri())
    assert [url for url in requests if url != "about:blank"] == [path.as_uri()]
    return errors


def check_accessible(page: Page) -> None:
    """Checks that axe-core finds nothing at the width of a desktop and of a phone, in light and dark, all unfolded."""
    page.evaluate("for (const details of document.querySelectorAll('details')) details.open = true")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing is wider than the screen"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            violations = Axe().run(page).response["violations"]
            assert [(each["id"], each["nodes"][0]["html"]) for each in violations] == []
    page.emulate_media(color_scheme="light")


@pytest.fixture
def report_page(page: Page, written: Path) -> Iterator[Path]:
    """The report, open; without errors at the end."""
    errors = open_page(page, written / layout.REPORT_HTML)
    expect(page.locator(".likeliest li").first).to_be_visible()
    yield written / layout.REPORT_HTML
    assert errors == []


def test_report_is_accessible_and_fits_the_screen(page: Page, report_page: Path) -> None:
    expect(page.locator("figure svg")).to_have_count(len([*report_page.parents[1].glob("reports/figures/*.svg")]))
    page.get_by_label("prefix").fill("an")
    page.get_by_role("button", name="gpt", exact=True).click()
    check_accessible(page)
    counts = page.locator("figure", has_text="How often").locator("svg")
    assert counts.bounding_box()["width"] <= 1160  # type: ignore[index]
    counts.locator("[data-label*=' then ']").first.hover()
    expect(page.locator(".label")).to_contain_text("then")


def test_link_to_a_view_leads_to_its_chapter_and_its_variant(page: Page, report_page: Path) -> None:
    page.get_by_label("prefix").fill("an")
    page.get_by_role("button", name="gpt", exact=True).click()
    page.get_by_role("link", name=CHAPTERS["samples"][1]).click()
    expect(page.get_by_role("heading", name=CHAPTERS["samples"][0])).to_be_focused()
    expect(page.get_by_role("link", name=CHAPTERS["samples"][1])).to_have_attribute("aria-current", "true")
    view = f"{report_page.as_uri()}#chapter=samples&variant=gpt&prefix=an"
    expect(page).to_have_url(view)
    page.get_by_role("button", name="Copy a link").click()
    expect(page.locator("nav").get_by_role("status")).to_contain_text("link to this view")
    page.goto("about:blank")
    page.goto(view)
    expect(page.get_by_role("heading", name=CHAPTERS["samples"][0])).to_be_in_viewport()
    expect(page.get_by_label("prefix")).to_have_value("an")
    expect(page).to_have_url(view)
    page.goto(f"{report_page.as_uri()}#loss")
    expect(page.get_by_role("heading", name=CHAPTERS["loss"][0])).to_be_in_viewport()
