"""The first screen of the report: names appear by themselves, and what is typed goes with the reader."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from makemore.core import layout
from makemore.core.params import load_params
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.sampling import sample
from tests.browser.test_report_page import open_page

FIRST_NAMES = 6


@pytest.fixture
def first(page: Page, written: Path) -> Path:
    """The folder of the report, which is open."""
    page.set_viewport_size({"width": 1280, "height": 800})
    open_page(page, written / layout.REPORT_HTML)
    return written


def names_of(folder: Path, variant: str, prefix: str, seed: int) -> list[str]:
    """What `makemore sample` prints."""
    corpus = Corpus.load(folder / layout.CORPUS)
    model = catalog.load(folder / layout.MODELS / variant, corpus.vocabulary)
    changes = {"names": FIRST_NAMES, "seed": seed, "temperature": 1.0, "prefix": prefix}
    return sample(model, load_params(folder / layout.PARAMS).sample.model_copy(update=changes))


def test_names_are_those_of_the_best_variant(page: Page, first: Path) -> None:
    best = page.locator(".invent b.best").inner_text()
    prefix = page.get_by_label("beginning of a name").input_value()
    shown = page.locator(".invent .names li")
    assert len(prefix) >= 1
    expect(shown).to_have_text(names_of(first, best, prefix, 1))
    page.get_by_role("button", name="Other names").click()
    expect(shown).to_have_text(names_of(first, best, prefix, 2))
    page.get_by_label("beginning of a name").fill("An")
    expect(shown).to_have_text(names_of(first, best, "an", 2))
    page.get_by_label("beginning of a name").fill("?")
    expect(page.locator(".invent [role=status]")).to_have_text("“?” is not in the vocabulary")


def test_what_is_typed_goes_to_the_chapters(page: Page, first: Path) -> None:
    page.get_by_label("beginning of a name").fill("em")
    page.get_by_role("link", name="Watch every model continue it").click()
    expect(page.get_by_label("prefix")).to_have_value("em")
    expect(page).to_have_url(re.compile("#chapter=play&prefix=em$"))


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_everything_that_matters_is_above_the_fold(page: Page, first: Path, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    for what in ("h1", ".lead", ".invent input", ".invent .names", ".standing table", ".onward li:first-child"):
        expect(page.locator(f"#first {what}")).to_be_in_viewport(ratio=1)
