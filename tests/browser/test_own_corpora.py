"""The report of corpora that are not like ours: other scripts, other sizes, names that look like markup."""

from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from makemore.core import layout
from makemore.core.files import read_text, write_json, write_text
from makemore.core.params import load_params
from stages import evaluate, prepare, report, sample, train
from tests.browser.test_report_page import open_page
from tests.conftest import CONFIGS, FEW_NAMES, ROOT

COUNTING = {name: CONFIGS[name] for name in ("uniform", "count", "ngram")}
TWELVE = {f"smoothing-{number:02d}": {"model": "count", "smoothing": number} for number in range(12)}
MARKUP = [
    "<script>alert(1)</script>",
    "<b>x</b>",
    "a|b",
    "`x`",
    "[a](b)",
    "&amp;",
    "{{ x }}",
    "\"'",
    "*b*",
    "\u200d\u0301",
]
COMPANIES = ["Miller and Sons", "The Fish Shop", "J & J Ltd", "  Deep   Space  Mining Company of London "]
JAPANESE = ["さくら", "ハルト", "陽葵", "蓮", "結衣", "悠真", "ゆい", "かえで", "美咲", "大翔", "𠮷田", "が"]
ARABIC = ["عمر", "فاطمة", "محمد", "عائشة", "خديجة", "علي", "حسن", "زينب", "مريم", "يوسف", "سارة", "نور"]
CORPORA: dict[str, tuple[list[str], dict[str, Any]]] = {
    "spaces, markup and long names": (COMPANIES * 3 + MARKUP * 2 + [word * 30 for word in FEW_NAMES[:5]], COUNTING),
    "japanese": (JAPANESE * 2, COUNTING | {"bigram": CONFIGS["bigram"]}),
    "arabic": (ARABIC * 2, COUNTING),
    "twelve names and two variants": (FEW_NAMES[:12], {name: CONFIGS[name] for name in ("count", "gpt")}),
    "twelve variants": (FEW_NAMES * 3, TWELVE),
}


def write_report(folder: Path, words: list[str], variants: dict[str, Any]) -> Path:
    """Runs the stages in `folder`. Returns the path of the page."""
    with chdir(folder):
        write_text(Path("names.txt"), "".join(f"{word}\n" for word in words))
        values = load_params(ROOT / layout.PARAMS).model_dump()
        values["data"] |= {"path": "names.txt", "dev_path": "names.txt", "max_length": 1000}
        values["sample"] |= {"names": 20}
        write_json(layout.PARAMS, values | {"variants": variants, "ensembles": {}})
        for path in (layout.CHECKED, layout.PRUNED):
            write_text(path, "")
        write_text(layout.CROISSANT, (ROOT / layout.CROISSANT).read_text(encoding="utf-8"))
        params = load_params()
        prepare.run(params)
        for variant in variants:
            train.run(params, variant)
            evaluate.run(params, variant)
            sample.run(params, variant)
        report.run(params)
    return folder / layout.REPORT_HTML


@pytest.mark.parametrize("name", CORPORA)
def test_page_is_readable(page: Page, tmp_path: Path, name: str) -> None:
    words, variants = CORPORA[name]
    path = write_report(tmp_path, words, variants)
    errors = open_page(page, path)
    expect(page.locator(".variants article")).to_have_count(len(variants))
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for variant in variants:
        sampled = read_text(tmp_path / layout.SAMPLES / f"{variant}.txt").split("\n")[:12]
        shown = page.locator(f"article[aria-labelledby=invented-{variant}] li bdi").all_inner_texts()
        for written, each in zip(sampled, shown, strict=True):
            text = "".join(each.split())
            assert text in ("(empty)", "".join(written.split())) or "".join(written.split()).startswith(text[:-1])
    assert page.locator("main b b, main script").count() == 0
    assert page.locator("[dir=rtl]").count() == (0 if name != "arabic" else page.locator(".costs, .cost-table").count())
    assert errors == []
