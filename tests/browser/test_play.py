"""The chapter of the report in which all variants run: typing, clicking, drawing names, links to a view."""

from pathlib import Path
from typing import cast

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from makemore.arithmetic import random
from makemore.corpus.corpus import Corpus
from makemore.models import ensemble
from makemore.models.base.catalog import AnyModel, build, parse_config
from makemore.report.embedded import embedded, scripts
from makemore.report.escape import json_for_html
from makemore.report.templating import rendered
from makemore.sampling import sample
from tests.conftest import CONFIGS, FEW_NAMES, PARAMS

NASTY = ["<b>x", "a&b", "a b", "\"'", "</script>", "`|", "عمر", "李娜"]


def write_page(path: Path, models: dict[str, AnyModel]) -> str:
    """Writes a page that has only this chapter. Returns its address."""
    section = f'<section id="play">{rendered("chapters/play.html.j2")}</section>'
    start = "const view = makeView(); play(loadVariants(data), document.getElementById('play'), view); view.recall();"
    script = f"<script>{scripts()}; const data = {json_for_html(embedded(models, PARAMS.sample))}; {start}</script>"
    path.write_text(f'<!doctype html><meta charset="utf-8"><title>live</title>{section}{script}', encoding="utf-8")
    return path.as_uri()


def models_of(words: list[str], *names: str) -> dict[str, AnyModel]:
    """Models that have counted `words`, or are random."""
    random.manual_seed(1)
    corpus, models = Corpus.of({"train": words, "dev": words, "test": []}, "."), {}
    for name in names:
        models[name] = build(parse_config(name, CONFIGS[name]), corpus.vocabulary, corpus.longest).eval()
        if name in ("count", "ngram"):
            models[name].fit(corpus)
        models[name].round_weights()
    return models


def test_ensemble_shows_who_said_what(page: Page, tmp_path: Path, errors: list[str]) -> None:
    models = models_of(FEW_NAMES, "count", "ngram", "gpt")
    config = parse_config("ensemble", CONFIGS["ensemble"] | {"weights": "equal"})
    both = cast(ensemble.Model, build(config, models["gpt"].vocabulary, models["gpt"].longest))
    both.adopt([models[name] for name in config.model_dump()["members"]])
    page.goto(write_page(tmp_path / "page.html", {"both": both, **models}))
    page.locator("[name=prefix]").fill("em")
    expect(card(page, "both").locator(".seen")).to_have_text("asks ngram, gpt")
    card(page, "both").locator("summary").click()
    header, *rows = [line.inner_text().split() for line in card(page, "both").locator(".asked tr").all()]
    assert header[:2] == ["member", "weight"]
    for name, row in zip(("ngram", "gpt"), rows, strict=True):
        own = dict(likeliest(page, name))
        assert row[:2] == [name, "50"]
        assert abs(float(row[2]) - float(own[header[2]].rstrip("%"))) <= 0.5
    assert not errors


@pytest.fixture
def errors(page: Page) -> list[str]:
    """The errors of the page so far; none are allowed."""
    found = list[str]()
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def live(page: Page, tmp_path: Path) -> str:
    """An open page with four variants; its address."""
    address = write_page(tmp_path / "page.html", models_of(FEW_NAMES, "count", "ngram", "rnn", "gpt"))
    page.goto("about:blank")
    page.goto(address)
    return address


def card(page: Page, variant: str) -> Locator:
    return page.get_by_role("article", name=variant, exact=True)


def likeliest(page: Page, variant: str) -> list[tuple[str, str]]:
    """The symbols and percentages in the list of a variant."""
    lines = card(page, variant).locator(".likeliest li").all()
    return [(line.locator(".symbol").inner_text(), line.locator(".percent").inner_text()) for line in lines]


def percent(probability: float) -> str:
    """As it is shown: with one decimal, or two digits of what is rare."""
    return f"{100 * probability:.1f}%" if probability >= 0.01 else f"{100 * probability:.2g}%"


def names(page: Page, variant: str) -> list[str]:
    return card(page, variant).locator(".names li").all_inner_texts()


@pytest.mark.usefixtures("live")
def test_likeliest_symbols_are_those_of_the_model(page: Page, errors: list[str]) -> None:
    model = models_of(FEW_NAMES, "ngram")["ngram"]
    page.get_by_label("prefix").fill("ann")
    tokens = [0, *model.vocabulary.encode("ann")]
    probabilities = model(torch.tensor([tokens]))[0, -1].softmax(dim=-1)
    top = probabilities.sort(descending=True, stable=True)
    symbols = ["end", *model.vocabulary.symbols[1:]]
    expected = [(symbols[i], percent(p)) for p, i in zip(*(t[:10].tolist() for t in top), strict=True)]
    assert likeliest(page, "ngram") == expected
    assert card(page, "ngram").get_by_text("answered by what followed ann").is_visible()
    cost = -sum(model(torch.tensor([tokens]))[0].log_softmax(dim=-1)[t, tokens[t + 1]].item() for t in range(3))
    assert card(page, "ngram").get_by_text(f"the prefix costs {cost:.2f} nats").is_visible()
    assert errors == []


@pytest.mark.usefixtures("live")
def test_temperature_sharpens_all_distributions(page: Page) -> None:
    before = likeliest(page, "count")[0]
    page.get_by_label("temperature").fill("0.5")
    after = likeliest(page, "count")[0]
    assert before[0] == after[0]
    assert float(before[1].rstrip("%")) < float(after[1].rstrip("%"))


@pytest.mark.usefixtures("live")
def test_click_on_a_symbol_appends_it(page: Page) -> None:
    page.get_by_label("prefix").fill("an")
    card(page, "ngram").get_by_role("button", name="append n").click()
    expect(page.get_by_label("prefix")).to_have_value("ann")
    expect(page.get_by_label("prefix")).to_be_focused()


@pytest.mark.usefixtures("live")
def test_enter_draws_names_and_the_seed_decides_which(page: Page, errors: list[str]) -> None:
    def drawn(seed: str) -> list[list[str]]:
        page.get_by_label("seed").fill(seed)
        page.get_by_label("prefix").press("Enter")
        expect(page.get_by_role("status")).to_have_text(
            f"5 names from each variant, with seed {seed} and temperature 1"
        )
        return [names(page, variant) for variant in ("count", "ngram", "rnn", "gpt")]

    page.get_by_label("prefix").fill("em")
    first, other, again = drawn("1"), drawn("2"), drawn("1")
    assert first == again
    assert first != other
    for variant, model in models_of(FEW_NAMES, "count", "ngram", "rnn", "gpt").items():
        settings = PARAMS.sample.model_copy(update={"names": 5, "seed": 1, "temperature": 1.0, "prefix": "em"})
        assert sample(model, settings) in first, variant
    for each in first:
        assert len(each) == 5
        assert all(name.startswith("em") for name in each)
    assert errors == []


def test_view_is_in_the_address(page: Page, live: str) -> None:
    page.get_by_label("prefix").fill("an")
    page.get_by_label("seed").fill("7")
    page.get_by_label("temperature").fill("1.5")
    page.get_by_role("button", name="rnn").click()
    expect(page).to_have_url(f"{live}#variant=rnn&prefix=an&temperature=1.5&seed=7")
    shown = likeliest(page, "gpt")
    page.goto("about:blank")
    page.goto(f"{live}#variant=rnn&prefix=an&temperature=1.5&seed=7")
    values = [page.get_by_label(name).input_value() for name in ("prefix", "temperature", "seed")]
    assert values == ["an", "1.5", "7"]
    assert likeliest(page, "gpt") == shown
    expect(card(page, "rnn").locator("details")).to_have_attribute("open", "")
    page.goto(f"{live}#variant=other&temperature=hot&seed=-3")  # the address of somebody who has mistyped it
    assert [page.get_by_label(name).input_value() for name in ("prefix", "seed")] == ["", "1"]


@pytest.mark.usefixtures("live")
def test_selected_variant_shows_what_each_symbol_costs(page: Page) -> None:
    model = models_of(FEW_NAMES, "ngram")["ngram"]
    page.get_by_label("prefix").fill("ann")
    expect(card(page, "ngram").locator(".cost")).to_have_count(0)
    page.get_by_role("button", name="ngram").click()
    expect(page.get_by_role("button", name="ngram")).to_have_attribute("aria-pressed", "true")
    tokens = [0, *model.vocabulary.encode("ann")]
    nats = [-model(torch.tensor([tokens]))[0].log_softmax(dim=-1)[t, tokens[t + 1]].item() for t in range(3)]
    assert card(page, "ngram").locator(".price").all_inner_texts() == [f"{each:.2f}" for each in nats]
    page.get_by_role("button", name="ngram").click()
    expect(card(page, "ngram").locator(".cost")).to_have_count(0)


@pytest.mark.usefixtures("live")
def test_character_that_is_no_symbol_is_said(page: Page, errors: list[str]) -> None:
    page.get_by_label("prefix").fill("añ")
    expect(page.get_by_role("status")).to_have_text("“ñ” is not in the vocabulary")
    expect(page.get_by_label("prefix")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("prefix").fill("a")
    expect(page.get_by_role("status")).to_have_text("")
    assert errors == []


@pytest.mark.usefixtures("live")
def test_attention_and_state_can_be_unfolded(page: Page) -> None:
    page.get_by_label("prefix").fill("ann")
    card(page, "gpt").get_by_text("attention of 4 heads").click()
    rows = card(page, "gpt").locator(".attention tr").all()
    assert rows[0].locator("th").all_inner_texts() == ["head", ".", "a", "n", "n"]
    for row in rows[1:]:
        assert sum(map(int, row.locator("td").all_inner_texts())) == pytest.approx(100, abs=2)
    page.get_by_label("prefix").fill("anna")
    expect(card(page, "gpt").locator(".attention")).to_be_visible()
    card(page, "rnn").get_by_text("the state: 16 numbers").click()
    expect(card(page, "rnn").locator(".state i")).to_have_count(16)


def test_symbols_are_text_and_never_markup(page: Page, tmp_path: Path, errors: list[str]) -> None:
    words = NASTY * 3
    address = write_page(tmp_path / "page.html", models_of(words, "ngram", "gpt"))
    page.goto("about:blank")
    page.goto(address)
    elements = page.locator("b, script").count()
    page.get_by_label("prefix").fill("<b>")
    assert likeliest(page, "ngram")[0][0] == "x"
    page.get_by_label("prefix").fill("a")
    assert {symbol for symbol, _ in likeliest(page, "ngram")[:2]} == {"&", "␣"}
    page.get_by_role("button", name="Draw names").click()
    expect(page.get_by_role("status")).to_contain_text("with seed 1")
    page.get_by_label("prefix").fill("عم")
    assert likeliest(page, "ngram")[0][0] == "ر"
    assert page.locator("b, script").count() == elements
    assert errors == []


def test_variant_that_is_not_here_is_listed(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("makemore.report.embedded.MOST_CHARACTERS", 3_000)
    page.goto("about:blank")
    page.goto(write_page(tmp_path / "page.html", models_of(FEW_NAMES, "gpt", "count")))
    expect(card(page, "gpt")).to_contain_text("Not here: it is too large for this page.")
    assert len(likeliest(page, "count")) == 10
