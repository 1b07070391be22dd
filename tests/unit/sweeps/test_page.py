"""The page of a sweep."""

import math
import re
from typing import Any

import pandas as pd
import pytest

from makemore.models.base import Point
from makemore.report.charts.style import AnyChart
from makemore.sweeps import page as module
from makemore.sweeps.page import sweep_page
from tests.unit.report.conftest import CURVE

TABLE = [
    ["experiment", "variant", "lr", "cell", "dev NLL", "test NLL"],
    ["rate-2", "rnn", "0.01", "gru", "2.1000", "2.2000"],
    ["rate-1", "rnn", "0.02", "<b>", "inf", "nan"],
]
LABELS = ["lr 0.01, cell gru", "lr 0.02, cell <b>"]
LOSSES = pd.DataFrame({"variant": LABELS, "nll": [2.1, math.inf], "lr": [0.01, 0.02], "cell": ["gru", "<b>"]})


@pytest.fixture(autouse=True)
def specs(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The specifications of the charts of the last page. They are not drawn: that takes a second for each page."""
    drawn: dict[str, Any] = {}

    def svgs(charts: dict[str, AnyChart]) -> dict[str, str]:
        drawn.clear()
        drawn.update({name: chart.to_dict() for name, chart in charts.items()})
        return dict.fromkeys(charts, "<svg/>")

    monkeypatch.setattr(module, "svgs", svgs)
    return drawn


def page(
    losses: pd.DataFrame = LOSSES,
    parameters: tuple[str, ...] = ("lr", "cell"),
    curves: dict[str, list[Point]] | None = None,
    seeds: tuple[list[str], ...] = (),
) -> str:
    shown = {LABELS[0]: CURVE, LABELS[1]: CURVE[:1]} if curves is None else curves
    return sweep_page("rate", TABLE, losses, list(parameters), shown, list(seeds))


def data_of(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return [row for rows in spec["datasets"].values() for row in rows]


def test_page_has_its_name_and_the_table() -> None:
    content = page()
    assert "<title>makemore: sweep rate</title>" in content
    assert "<h1>makemore: sweep rate</h1>" in content
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)", row) for row in re.findall(r"<tr>(.*)</tr>", content)]
    assert rows == [TABLE[0], TABLE[1], [*TABLE[2][:3], "&lt;b&gt;", *TABLE[2][4:]]]


def test_page_shows_the_spread_over_seeds() -> None:
    seeds = (["variant", "seeds", "mean dev NLL", "standard deviation", "lowest", "highest"], ["<i>", "3", *"1234"])
    rows = [re.findall(r"<t[hd][^>]*>([^<]*)", row) for row in re.findall(r"<tr>(.*)</tr>", page(seeds=seeds))]
    assert rows[-2:] == [seeds[0], ["&lt;i&gt;", *seeds[1][1:]]]
    assert "how much the luck of training matters" in page(seeds=seeds)
    assert "luck" not in page()


def test_each_parameter_has_a_chart_of_the_finite_losses(specs: dict[str, Any]) -> None:
    page()
    spec = specs["values"]
    assert [each["encoding"]["x"]["title"] for each in spec["hconcat"]] == ["lr", "cell"]
    shown = [[(row["value"], row["nll"]) for row in spec["datasets"][each["data"]["name"]]] for each in spec["hconcat"]]
    assert shown == [[(0.01, 2.1)], [("gru", 2.1)]]


def test_curves_of_closed_forms_are_left_out(specs: dict[str, Any]) -> None:
    page()
    rows = data_of(specs["curves"])
    assert {row["variant"] for row in rows} == {LABELS[0]}
    assert {(row["step"], row["split"], row["nll"]) for row in rows} == {
        (0, "train", 3.0),
        (0, "dev", 3.0),
        (10, "train", 2.0),
        (10, "dev", 2.5),
    }


def test_charts_without_data_are_left_out(specs: dict[str, Any]) -> None:
    closed_form = {LABELS[0]: CURVE[:1]}
    for content, names in (
        (page(parameters=(), curves=closed_form), []),
        (page(losses=LOSSES[1:], curves=closed_form), []),
        (page(curves=closed_form), ["values"]),
        (page(parameters=()), ["curves"]),
    ):
        assert content.count("<svg/>") == len(names)
    assert list(specs) == ["curves"]


def test_value_that_looks_like_markup_cannot_end_the_script(specs: dict[str, Any]) -> None:
    label = "cell </script>"
    content = page(losses=LOSSES.assign(variant=[label, "b"], cell=["</script>", "b"]), curves={label: CURVE})
    assert content.count("</script>") == 1
    assert {row["cell"] for row in data_of(specs["values"])} == {"</script>"}
