"""The report as Markdown, with SVG figures next to it, and as one self-contained HTML page that tells a story."""

from typing import Any

from makemore.arithmetic.numbers import log
from makemore.core.params import Params
from makemore.report.charts.charts import CHARTS
from makemore.report.embedded import embedded, scripts
from makemore.report.escape import json_for_html
from makemore.report.first import beginning, lines
from makemore.report.histograms import alphabet, lengths
from makemore.report.lesson import lesson
from makemore.report.story import SAMPLES_SHOWN, Story
from makemore.report.templating import rendered
from makemore.statistics.bootstrap import FEWEST_NAMES

MOST_SYMBOLS = 40  # of a name that is taken apart
MOST_POSITIONS = 20  # in the table of losses by position
ONWARD = {  # from the first screen to chapters
    "play": "Watch every model continue it",
    "sides": "Compare two models",
    "own": "Try your own names",
    "ranking": "See the whole ranking",
    "names": "Read the story from the start",
}
CHAPTERS = {  # of the page: its template, which is also its address in the page; its title, and the text of its link
    "names": ("The names", "Names"),
    "loss": ("What a loss is", "Loss"),
    "models": ("The models, from counting to attention", "Models"),
    "pairs": ("Learning finds what counting finds", "Counting and learning"),
    "play": ("Try every variant", "Try them"),
    "sides": ("Two side by side", "Side by side"),
    "own": ("Your own names", "Your names"),
    "ranking": ("Which variant is the best?", "Ranking"),
    "sizes": ("Size against quality", "Size"),
    "curves": ("How they learned", "Training"),
    "positions": ("Where in a name", "Place"),
    "disagreements": ("Where they disagree", "Disagreements"),
    "samples": ("Names that they invented", "Inventions"),
    "rebuild": ("Build this page again", "Rebuild"),
}


def report_markdown(story: Story, figures: list[str]) -> str:
    """report.md, which shows the SVG figures in the folder figures/ next to it."""
    return rendered("report.md.j2", **_content(story), figures=figures)


def report_html(story: Story, params: Params, weights: dict[str, str], figures: dict[str, str]) -> str:
    """report.html.

    weights: for rebuilding it, the md5 of each variant's weights. DVC hashes the page, so it cannot contain its own
        commit; but git finds the commit whose dvc.lock has these hashes.
    figures: SVG elements by name
    """
    content = _content(story)
    data: dict[str, Any] = {"play": embedded({result.variant: result.model for result in story.results}, params.sample)}
    here = [each["variant"] for each in data["play"]["variants"] if "missing" not in each]
    ranking, others = lines(story)
    if not here:
        del content["chapters"]["sides"]
    taught = lesson(story.results)
    if taught:
        data["lesson"] = taught
    return rendered(
        "report.html.j2",
        **content,
        beginning=beginning(story.best.names),
        inventor=here[0] if here else None,
        rounded=bool(here) and "rounded" in data["play"]["variants"][0],
        here=here,
        sides=_two(here, story.reference.variant),
        lines=ranking,
        others=others,
        onward=ONWARD,
        compute=params.compute,
        weights=weights,
        figures=figures,
        lesson=bool(taught),
        data={name: json_for_html(value) for name, value in data.items()},
        script=scripts(),
    )


def _two(here: list[str], reference: str) -> list[str]:
    """The two variants that are side by side at first: the best, and what it is compared with, of those `here`."""
    others = [reference, *here[1:], *here]
    return [*here[:1], *[variant for variant in others if variant in here][:1]]


def _content(story: Story) -> dict[str, Any]:
    """What both templates show."""
    chapters = dict(CHAPTERS)
    if story.pairs.difference is None:  # there are no two tables to compare
        chapters["pairs"] = ("Which symbol follows which", "Pairs")
    if not story.for_best:
        del chapters["disagreements"]
    return {
        "chapters": chapters,
        "charts": CHARTS,
        "story": story,
        "card": story.card,
        "lengths": lengths(story.card),
        "alphabet": alphabet(story.card),
        "ties": [" and ".join(pair) for pair in story.ranking.ties_across],
        "has_intervals": all(result.interval("dev") for result in story.results),
        "fewest_names": FEWEST_NAMES,
        "interval_names": story.best.metrics.dev.interval_names,
        "samples_shown": SAMPLES_SHOWN,
        "nats_of_uniform": log(len(story.best.model.vocabulary)),
        "most_symbols": MOST_SYMBOLS,
        "most_positions": MOST_POSITIONS,
    }
