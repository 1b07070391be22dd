"""Own names in the page: what is counted and learned from a pasted list, and a file that is dropped."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from makemore.core import layout
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import build, parse_config
from makemore.sampling import sample
from tests.browser.test_report_page import check_accessible, open_page
from tests.conftest import FEW_NAMES, PARAMS

NAMES = sorted({*FEW_NAMES})


def test_list_is_learned_in_the_page(page: Page, written: Path) -> None:
    errors = open_page(page, written / layout.REPORT_HTML)
    own = page.locator("#own")
    area = own.get_by_label("Your names", exact=True)
    area.fill("\n".join([*NAMES, NAMES[0], " ", "x" * 2000]))
    expect(own.get_by_role("status").first).to_contain_text(f"{len(NAMES)} distinct names")
    expect(own.get_by_role("status").first).to_contain_text("2 lines left out")
    corpus = Corpus.of({"train": NAMES, "dev": NAMES, "test": []}, ".")
    model = build(parse_config("count", {"model": "count", "smoothing": 0.1}), corpus.vocabulary, corpus.longest)
    model.fit(corpus)
    settings = PARAMS.sample.model_copy(update={"names": 5, "seed": 1, "temperature": 1.0})
    expect(own.locator(".names").first.locator("li")).to_have_text(sample(model.eval(), settings))
    expect(own.locator(".progress")).to_have_text(re.compile(r"step 300: loss \d\.\d{4} nats; counting: \d\.\d{4}"))
    expect(own.locator(".names").nth(1).locator("li")).to_have_count(5)
    loss, counting = map(float, re.findall(r"\d\.\d{4}", own.locator(".progress").inner_text()))
    assert loss < counting + 0.2
    check_accessible(page)
    area.fill("one")
    expect(own.get_by_role("status").first).to_have_text("two names are needed")
    assert errors == []


def test_file_of_names_in_another_script(page: Page, written: Path, tmp_path: Path) -> None:
    """Every character is new to the models of the page, and some are more than a UTF-16 unit."""
    errors = open_page(page, written / layout.REPORT_HTML)
    names = "\r\n".join(chr(0x20000 + i % 150) + chr(0x4E00 + i % 149) for i in range(300))
    own = page.locator("#own")
    (tmp_path / "names.txt").write_text(names, encoding="utf-8")
    own.get_by_label("or a file").set_input_files(tmp_path / "names.txt")
    expect(own.get_by_role("status").first).to_have_text("300 distinct names, made of 299 different characters")
    expect(own.locator(".kept")).to_contain_text("cannot read them")
    expect(own.locator(".trainer")).to_be_hidden()
    assert errors == []
