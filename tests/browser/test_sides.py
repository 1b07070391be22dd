"""The chapter with two variants, or two beginnings, side by side."""

import re
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect

from makemore.core import layout
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from tests.browser.test_report_page import open_page


def test_what_differs_is_that_of_the_models(page: Page, written: Path) -> None:
    errors = open_page(page, written / layout.REPORT_HTML)
    sides = page.locator("#sides")
    sides.get_by_label("first model").select_option("gpt")
    sides.get_by_label("second model").select_option("count")
    sides.get_by_label("beginning", exact=True).fill("an")
    expect(page).to_have_url(re.compile("prefix=an"))
    corpus = Corpus.load(written / layout.CORPUS)
    tokens = [0, *corpus.vocabulary.encode("an")]
    logits = [
        catalog.load(written / layout.MODELS / variant, corpus.vocabulary)(torch.tensor([tokens]))[0].detach().double()
        for variant in ("gpt", "count")
    ]
    costs = [-logits[side].log_softmax(-1)[torch.arange(2), tokens[1:]] for side in (0, 1)]
    rows = [row.locator("td").all_inner_texts() for row in sides.locator(".cost-table tr").all()]
    assert rows[1:3] == [[f"{cost:.2f}" for cost in side.tolist()] for side in costs]
    first, second = (each.softmax(-1) for each in logits)
    agreed = torch.minimum(first, second).sum(-1)
    assert rows[4] == [f"{share:.0%}" for share in agreed[:2].tolist()]
    expect(sides.locator(".agreed")).to_contain_text(f"{agreed[2]:.0%}")
    apart = sides.locator(".next li").first.locator(".bar").all_inner_texts()
    likeliest = int(torch.maximum(first[-1], second[-1]).argmax())
    assert [float(each.rstrip("%")) for each in apart] == pytest.approx(
        [100 * float(each[-1, likeliest]) for each in (first, second)], abs=0.051
    )
    assert errors == []


def test_view_has_both_sides_and_names_part_where_they_differ(page: Page, written: Path) -> None:
    errors = open_page(page, written / layout.REPORT_HTML)
    page.goto(f"{(written / layout.REPORT_HTML).as_uri()}#chapter=sides&prefix=an&other=em&left=count&right=count")
    sides = page.locator("#sides")
    expect(sides.get_by_label("second beginning")).to_have_value("em")
    expect(sides.locator(".cost-table")).to_have_count(0)
    sides.locator(".next button").first.click()
    assert len(sides.get_by_label("second beginning").input_value()) == 3
    sides.get_by_label("second beginning").fill("")
    sides.get_by_role("button", name="Compare names").click()
    expect(sides.get_by_role("status")).to_contain_text("5 names from each")
    left, right = (each.locator("li").all_inner_texts() for each in sides.locator(".names").all())
    assert left == right
    assert set(sides.locator("mark").all_inner_texts()) == {""}
    sides.get_by_label("first model").select_option("gpt")
    sides.get_by_role("button", name="Compare names").click()
    expect(sides.get_by_role("status")).to_contain_text("5 names from each")
    assert set(sides.locator("mark").all_inner_texts()) != {""}
    assert errors == []
