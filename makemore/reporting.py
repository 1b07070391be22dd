"""Tables and charts that compare all variants, as Markdown, as one self-contained HTML page, and as SVG figures.

One chart definition (Altair) gives both the interactive chart of the page and the figure of the Markdown report. The
only font named is one that the renderer brings along, so that a figure is the same on every machine.
The only file that imports the chart library.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import pandas as pd
import torch
import vl_convert
from markupsafe import Markup
from torch import Tensor

from makemore.corpus import SPLITS, Corpus
from makemore.models import Model

FONT = "Liberation Sans, Arial, sans-serif"
HEAT_MAP_SYMBOLS = 40  # of a larger vocabulary the most frequent are shown: cells grow with its square
SAMPLES_SHOWN = 12
LONGEST_SHOWN = 20  # characters of a sampled name in the tables

AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart

alt.data_transformers.disable_max_rows()


@dataclass(frozen=True)
class Result:
    """All that the stages wrote about one variant: the JSON of evaluate and sample, names, curve, and the model."""

    variant: str
    metrics: dict[str, Any]
    details: dict[str, Any]
    statistics: dict[str, Any]
    names: list[str]
    history: pd.DataFrame
    model: Model

    def nll(self, split: str) -> float:
        """Nats per symbol on `split`; NaN where the split has no names."""
        return float(self.metrics[split]["nll"]) if self.metrics[split] else math.nan


# Tables


def table(results: list[Result]) -> pd.DataFrame:
    """One row a variant, the best on dev first; the gap is the dev NLL less that of the (best) count model."""
    count = min((result.nll("dev") for result in results if result.metrics["model"] == "count"), default=math.nan)
    rows = [
        {
            "variant": result.variant,
            "model": result.metrics["model"],
            "parameters": result.metrics["n_params"],
            **{split: result.nll(split) for split in SPLITS},
            "bits_per_char": result.nll("dev") / math.log(2),
            "gap": result.nll("dev") - count,
            **{key: result.statistics[key] for key in ("new", "distinct", "mean_length")},
        }
        for result in results
    ]
    return pd.DataFrame(rows).sort_values(["dev", "variant"], ignore_index=True)


# Charts


def charts(results: list[Result], corpus: Corpus) -> dict[str, AnyChart]:
    """Every chart of the report by the name of its figure; those without anything to show are left out."""
    order = list(table(results)["variant"])
    found: dict[str, AnyChart | None] = {
        "losses": _losses(results, order),
        "sizes": _sizes(results, order),
        "curves": _curves(results, order),
        "positions": _positions(results, order),
        "heatmaps": _heat_maps(results, corpus),
    }
    return {name: styled(chart) for name, chart in found.items() if chart is not None}


def styled(chart: AnyChart) -> AnyChart:
    """`chart` in the report's style."""
    configured: AnyChart = chart.configure(font=FONT).configure_view(strokeOpacity=0).configure_axis(grid=False)
    return configured


def _references(results: list[Result], axis: str) -> AnyChart:
    """Thin lines at the dev NLL of the uniform and the count models, to see a loss against."""
    rows = [
        {"nll": result.nll("dev"), "label": f"{result.variant} {result.nll('dev'):.3f}"}
        for result in results
        if result.metrics["model"] in ("uniform", "count") and math.isfinite(result.nll("dev"))
    ]
    base = alt.Chart(pd.DataFrame(rows, columns=["nll", "label"]))
    line = base.mark_rule(strokeDash=[4, 3], color="#666").encode(**{axis: "nll:Q"})
    text = base.mark_text(color="#666", fontSize=10, align="center" if axis == "x" else "right", dy=-6)
    place = {"y": alt.value(0)} if axis == "x" else {"x": alt.value(516)}
    return alt.layer(line, text.encode(**{axis: "nll:Q"}, text="label:N", **place))


def _color(order: list[str], shown: list[str]) -> alt.Color:
    """A variant has the same colour in every chart, also where not all variants are `shown`."""
    return alt.Color("variant:N", scale=alt.Scale(domain=order, scheme="tableau20"), legend=alt.Legend(values=shown))


def _losses(results: list[Result], order: list[str]) -> AnyChart:
    rows = [
        {"variant": result.variant, "split": split, "nll": result.nll(split)}
        for result in results
        for split in SPLITS
        if math.isfinite(result.nll(split))
    ]
    base = alt.Chart(pd.DataFrame(rows, columns=["variant", "split", "nll"]))
    x = alt.X("nll:Q", title="NLL (nats per symbol): lower is better", scale=alt.Scale(zero=True))
    y = alt.Y("variant:N", sort=order, title=None)
    offset = alt.YOffset("split:N", sort=list(SPLITS))
    bars = base.mark_bar().encode(
        x=x,
        y=y,
        yOffset=offset,
        color=alt.Color("split:N", sort=list(SPLITS), scale=alt.Scale(range=["#c6dbef", "#3182bd", "#08306b"])),
        tooltip=["variant", "split", alt.Tooltip("nll:Q", format=".4f")],
    )
    dev = alt.datum.split == "dev"
    text = base.transform_filter(dev).mark_text(align="left", dx=4, fontSize=10)
    numbers = text.encode(x=x, y=y, text=alt.Text("nll:Q", format=".3f"))
    return alt.layer(bars, numbers, _references(results, "x")).properties(width=520, height=56 * len(results))


def _sizes(results: list[Result], order: list[str]) -> AnyChart | None:
    rows = [
        {"variant": result.variant, "parameters": result.metrics["n_params"], "nll": result.nll("dev")}
        for result in results
        if result.metrics["n_params"] and math.isfinite(result.nll("dev"))  # a logarithmic axis has no zero
    ]
    if not rows:
        return None
    return quality_against(pd.DataFrame(rows), "parameters", "parameters", order)


def quality_against(rows: pd.DataFrame, column: str, title: str, order: list[str]) -> AnyChart:
    """Dev NLL against a cost on a logarithmic axis: `rows` have variant, nll, and the cost in `column`."""
    base = alt.Chart(rows).encode(
        x=alt.X(f"{column}:Q", title=title, scale=alt.Scale(type="log"), axis=alt.Axis(format=",")),
        y=alt.Y("nll:Q", title="dev NLL (nats per symbol)", scale=alt.Scale(zero=False)),
        tooltip=["variant", alt.Tooltip(f"{column}:Q", format=","), alt.Tooltip("nll:Q", format=".4f")],
    )
    points = base.mark_point(filled=True, size=60).encode(color=_color(order, shown=list(rows["variant"])))
    names = base.mark_text(align="left", dx=7, fontSize=10).encode(text="variant:N")
    return alt.layer(points, names).properties(width=520, height=300)


def _curves(results: list[Result], order: list[str]) -> AnyChart | None:
    trained = {result.variant: result.history for result in results if len(result.history) > 1}
    if not trained:
        return None
    return alt.layer(_lines(trained, order), _references(results, "y")).properties(width=520, height=300)


def _lines(histories: dict[str, pd.DataFrame], order: list[str]) -> AnyChart:
    curves = pd.concat([history.assign(variant=variant) for variant, history in histories.items()])
    long = curves.melt(["variant", "step"], ["train_nll", "dev_nll"], "split", "nll")
    long["split"] = long["split"].str.removesuffix("_nll")
    lines: alt.Chart = (
        alt.Chart(long)
        .mark_line()
        .encode(
            x=alt.X("step:Q", title="training step"),
            y=alt.Y("nll:Q", title="NLL (nats per symbol)", scale=alt.Scale(zero=False)),
            color=_color(order, shown=list(histories)),
            strokeDash=alt.StrokeDash("split:N", sort=["dev", "train"]),
            tooltip=["variant", "split", "step", alt.Tooltip("nll:Q", format=".4f")],
        )
    )
    return lines


def sweep_charts(
    rows: pd.DataFrame, swept: list[str], histories: dict[str, pd.DataFrame], order: list[str]
) -> dict[str, AnyChart]:
    """Dev NLL against each of the `swept` parameters, and the curves: `rows` have variant, nll, and their values."""
    found: dict[str, AnyChart] = {}
    if swept and len(rows):
        found["values"] = alt.hconcat(*(_against(rows, parameter, order) for parameter in swept))
    if histories:
        found["curves"] = _lines(histories, order).properties(width=520, height=300)
    return {name: styled(chart) for name, chart in found.items()}


def _against(rows: pd.DataFrame, parameter: str, order: list[str]) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(rows.assign(value=rows[parameter]))
        .mark_point(filled=True, size=80)
        .encode(
            x=alt.X("value:O", title=parameter, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("nll:Q", title="dev NLL (nats per symbol)", scale=alt.Scale(zero=False)),
            color=_color(order, shown=order),
            tooltip=["variant", alt.Tooltip("nll:Q", format=".4f")],
        )
        .properties(width=260, height=240)
    )
    return chart


def _positions(results: list[Result], order: list[str]) -> AnyChart:
    rows = [
        {"variant": result.variant, "position": position, "nll": float(nll)}
        for result in results
        for position, nll in enumerate(result.details["dev_nll_by_position"], 1)
        if math.isfinite(float(nll))
    ]
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows, columns=["variant", "position", "nll"]))
        .mark_line(point=True)
        .encode(
            x=alt.X("position:O", title="position in the name (1: its first character)", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("nll:Q", title="dev NLL (nats per symbol)"),
            color=_color(order, shown=order),
            tooltip=["variant", "position", alt.Tooltip("nll:Q", format=".4f")],
        )
        .properties(width=520, height=240)
    )
    return chart


def _heat_maps(results: list[Result], corpus: Corpus) -> AnyChart:
    """The bigram counts of train, and beside them what each model with one symbol of context makes of them."""
    counts = corpus.bigrams
    maps = [_heat_map("bigram counts of train", "count", counts, corpus, ",d", "sqrt")]
    tokens = torch.arange(len(corpus.vocabulary)).unsqueeze(1)  # (V, 1): each symbol as a context
    for result in results:
        if result.model.block_size == 1:
            with torch.no_grad():
                probabilities = torch.softmax(result.model(tokens)[:, 0], dim=-1)  # (V, V)
            maps.append(_heat_map(f"P(next | current), {result.variant}", "P", probabilities, corpus, ".4f", "linear"))
    side_by_side: alt.HConcatChart = alt.hconcat(*maps).resolve_scale(color="independent")
    return side_by_side


def _heat_map(title: str, value: str, matrix: Tensor, corpus: Corpus, number: str, scale: str) -> AnyChart:
    frequency = corpus.bigrams.sum(dim=1)
    shown = sorted(frequency.argsort(descending=True, stable=True)[:HEAT_MAP_SYMBOLS].tolist())
    symbols = corpus.vocabulary.symbols
    rows = [
        {"current": symbols[i], "next": symbols[j], value: round(matrix[i, j].item(), 4)} for i in shown for j in shown
    ]
    order = [symbols[token] for token in shown]
    if len(shown) < len(symbols):
        title += f" (the {len(shown)} most frequent of {len(symbols)} symbols)"
    chart: alt.Chart = (
        alt.Chart(pd.DataFrame(rows), title=title)
        .mark_rect()
        .encode(
            x=alt.X("next:N", sort=order, title="next symbol", axis=alt.Axis(labelAngle=0, orient="top")),
            y=alt.Y("current:N", sort=order, title="current symbol"),
            color=alt.Color(f"{value}:Q", scale=alt.Scale(scheme="blues", type=scale)),  # type: ignore[arg-type]
            tooltip=["current", "next", alt.Tooltip(f"{value}:Q", format=number)],
        )
        .properties(width=alt.Step(11), height=alt.Step(11))
    )
    return chart


def svg(chart: AnyChart) -> str:
    """The chart as a static SVG picture."""
    return str(vl_convert.vegalite_to_svg(chart.to_dict()))


# Pages


def markdown(results: list[Result], card: dict[str, Any], figures: list[str]) -> str:
    """report.md; it shows the SVG figures of the folder figures/ beside it."""
    return _environment().get_template("report.md.j2").render(**_content(results, card), figures=figures)


def page(results: list[Result], card: dict[str, Any], drawn: dict[str, AnyChart]) -> str:
    """report.html."""
    return html("report.html.j2", drawn, **_content(results, card))


def html(template: str, drawn: dict[str, AnyChart], **content: Any) -> str:
    """One file with everything in it, charts and their JavaScript too; it needs no network."""
    specs = {name: json.dumps(chart.to_dict()).replace("</", "<\\/") for name, chart in drawn.items()}
    library = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub asks for what it has a default for
    return _environment().get_template(template).render(**content, specs=specs, library=library)


def _content(results: list[Result], card: dict[str, Any]) -> dict[str, Any]:
    rows = table(results)
    by_variant = {result.variant: result for result in results}
    ordered = [by_variant[variant] for variant in rows["variant"]]
    return {
        "rows": rows.to_dict("records"),
        "card": card,
        "results": ordered,
        "best": ordered[0],
        "samples": list(zip(*(result.names[:SAMPLES_SHOWN] for result in ordered), strict=True)),
    }


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"zip": zip, "number": _number, "share": lambda value: f"{value:.1%}", "name": _name}
    return environment


def _number(value: float, digits: int = 4) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{digits}f}"


def _name(name: str) -> Markup:
    """A sampled name as the text of a table cell, in Markdown as in HTML: cut, and with nothing that is markup."""
    text = name if len(name) <= LONGEST_SHOWN else name[: LONGEST_SHOWN - 1] + "…"
    escaped = "".join(f"&#{ord(c)};" if c.isascii() and not c.isalnum() and c != " " else c for c in text)
    return Markup(escaped or "(empty)")  # noqa: S704 (escaped above)
