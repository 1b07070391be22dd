"""The neural bigram that is trained in the page: the losses of Python's training, and the buttons."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from playwright.sync_api import Page, expect

from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import build, parse_config
from makemore.report.embedded import scripts
from makemore.report.escape import json_for_html
from makemore.report.lesson import MOST_SYMBOLS, lesson
from makemore.report.templating import rendered
from tests.conftest import PARAMS, ROOT

STEPS = 100
NAMES = (ROOT / "datasets" / "names.txt").read_text(encoding="utf-8").split()[:3_000]


def results(words: list[str], *models: str) -> list[Any]:
    """Variants of these models, fitted; the bigram for STEPS steps, with every step in its curve."""
    corpus, found = Corpus.of({"train": words, "dev": words[:100], "test": []}, "."), list[Any]()
    for name in models:
        few = {"steps": STEPS, "eval_every": 1} if name == "bigram" else {}
        model = build(parse_config(name, PARAMS.variants[name] | few), corpus.vocabulary, corpus.longest)
        curve = model.fit(corpus)
        metrics = SimpleNamespace(model=name)
        found.append(SimpleNamespace(variant=name, model=model, curve=curve, metrics=metrics, nll=lambda _: 2.4734))
    return found


def open_lesson(page: Page, path: Path, data: dict[str, Any]) -> None:
    """Opens a page that has only this section."""
    section = rendered("chapters/lesson.html.j2")
    script = f'{scripts()}; makeLesson(document.getElementById("lesson"))({json_for_html(data)});'
    text = f'<!doctype html><meta charset="utf-8"><title>x</title>{section}<script>{script}</script>'
    path.write_text(text, encoding="utf-8")
    page.goto(path.as_uri())


def test_losses_are_those_of_python(page: Page) -> None:
    bigram, count = results(NAMES, "bigram", "count")
    data = lesson([bigram, count])
    assert data is not None
    page.goto("about:blank")
    page.add_script_tag(content=scripts())
    losses = page.evaluate(
        f"""(data) => {{
            const [trainer, losses] = [bigramTrainer(data), []];
            for (let i = 0; i < {STEPS}; i++) {{
                losses.push(trainer.loss);
                trainer.step(data.lr, data.l2);
            }}
            return [...losses, trainer.loss];
        }}""",
        data,
    )
    assert losses == [point.train_nll for point in bigram.curve], "to the last bit"
    assert len(losses) == STEPS + 1
    assert losses[-1] < losses[0] - 0.5, "it has learned something"


def test_buttons_and_divergence(page: Page, tmp_path: Path) -> None:
    errors = list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    bigram, count = results(NAMES[:300], "bigram", "count")
    data = lesson([bigram, count])
    assert data is not None
    open_lesson(page, tmp_path / "page.html", data)
    progress = page.locator(".progress")
    expect(progress).to_have_text(re.compile(r"step 0: loss \d\.\d{4} nats; count: 2\.4734"))
    page.get_by_role("button", name="One step").click()
    loss = bigram.curve[1].train_nll
    expect(progress).to_contain_text(f"step 1: loss {loss:.4f} nats")
    page.get_by_role("button", name="Run").click()
    expect(progress).to_contain_text(re.compile(r"step \d\d+: loss \d\."))
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Start again").click()
    expect(progress).to_contain_text("step 0: ")
    page.get_by_label("L2").fill("20")
    page.get_by_label("learning rate").fill("4")
    page.get_by_role("button", name="Run").click()
    expect(progress).to_contain_text("not finite: it diverged")
    expect(page.get_by_role("button", name="Run")).to_be_visible()
    assert errors == []


def test_no_lesson_without_both_variants_or_with_many_symbols() -> None:
    bigram, count = results(["ann", "bo"], "bigram", "count")
    assert lesson([bigram]) is None
    assert lesson([count]) is None
    symbols = ["".join(chr(0x4E00 + number) for number in range(MOST_SYMBOLS))]
    assert lesson(results(symbols * 2, "bigram", "count")) is None
