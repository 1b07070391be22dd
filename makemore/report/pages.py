"""The report as Markdown, with SVG figures next to it, and as one self-contained HTML page."""

import math
from pathlib import Path
from typing import Any

import jinja2
import vl_convert

from makemore.report.embedded import embedded, scripts
from makemore.report.escape import json_for_html, name_cell
from makemore.report.lesson import lesson
from makemore.report.results import Result, comparison
from makemore.report.style import AnyChart
from makemore.statistics.bootstrap import FEWEST_NAMES, Interval
from makemore.statistics.ranking import Ranking

TEMPLATES = Path(__file__).with_name("templates")
SAMPLES_SHOWN = 12
CAPTIONS = {  # of each figure: a title, and how to read it
    "losses": (
        "Losses of all variants, with 95% intervals",
        "Further left is better. Shades mark ranks: within one, no variant can be told apart from the best.",
    ),
    "sizes": ("Quality against size", "Dev NLL against the number of parameters. Lower and further left is better."),
    "curves": ("Training curves", "Before calibration. The dashed lines mark the dev NLL of uniform and count models."),
    "positions": (
        "Dev NLL by position",
        "The first character is hard to guess; later ones follow from the symbols before.",
    ),
    "heatmaps": (
        "Which symbol follows which",
        "Bigram counts, and the probabilities of the models with one symbol of context.",
    ),
}


def report_markdown(results: list[Result], ranking: Ranking, card: dict[str, Any], figures: list[str]) -> str:
    """report.md, which shows the SVG figures in the folder figures/ next to it."""
    template = _environment(TEMPLATES).get_template("report.md.j2")
    return template.render(**_content(results, ranking, card), figures=figures)


def report_html(results: list[Result], ranking: Ranking, card: dict[str, Any], charts: dict[str, AnyChart]) -> str:
    """report.html, with interactive charts."""
    content = _content(results, ranking, card)
    live = json_for_html(embedded({result.variant: result.model for result in content["results"]}))
    content |= {"variants": live, "play_script": scripts("variants", "play", "lesson")}
    taught = lesson(content["results"])
    if taught:
        content |= {"rate": f"{math.log10(taught['lr']):.2f}", "l2": taught["l2"]}
    return render_html(TEMPLATES / "report.html.j2", charts, **content, lesson=taught and json_for_html(taught))


def render_html(template: Path, charts: dict[str, AnyChart], **content: Any) -> str:
    """A page that contains everything it needs, including the chart library, and works without a network."""
    specs = {name: json_for_html(chart.to_dict()) for name, chart in charts.items()}
    library = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # its stub requires an optional argument
    return _environment(template.parent).get_template(template.name).render(**content, specs=specs, library=library)


def _content(results: list[Result], ranking: Ranking, card: dict[str, Any]) -> dict[str, Any]:
    rows = comparison(results, ranking)
    by_variant = {result.variant: result for result in results}
    ordered = [by_variant[variant] for variant in rows["variant"]]
    return {
        "rows": rows.to_dict("records"),
        "captions": CAPTIONS,
        "card": card,
        "ties": [" and ".join(pair) for pair in ranking.ties_across],
        "has_intervals": rows["interval"].notna().all(),
        "fewest_names": FEWEST_NAMES,
        "interval_names": ordered[0].metrics["dev"].get("interval_names"),
        "results": ordered,
        "best": ordered[0],
        "samples": list(zip(*(result.names[:SAMPLES_SHOWN] for result in ordered), strict=False)),
    }


def _environment(folder: Path) -> jinja2.Environment:
    """Finds templates in `folder`, and in that of the report, whose page others extend."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader([folder, TEMPLATES]),
        autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"zip": zip, "number": _number, "share": lambda value: f"{value:.1%}", "name": name_cell}
    environment.filters |= {"interval": _interval}
    return environment


def _interval(value: Interval | None) -> str:
    return "–" if value is None else f"{_number(value.low, 3)} to {_number(value.high, 3)}"


def _number(value: float, digits: int = 4) -> str:
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value:.{digits}f}"
