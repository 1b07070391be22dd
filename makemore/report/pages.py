"""The report as Markdown, with SVG figures next to it, and as one self-contained HTML page that tells a story."""

import math
from typing import Any

from makemore.report.descriptions import DESCRIPTIONS
from makemore.report.embedded import embedded, scripts
from makemore.report.escape import json_for_html
from makemore.report.lesson import lesson
from makemore.report.names import alphabet, lengths
from makemore.report.pictures import picture
from makemore.report.rebuild import Origin
from makemore.report.results import comparison
from makemore.report.story import SAMPLES_SHOWN, Story
from makemore.report.templating import TEMPLATES, rendered
from makemore.statistics.bootstrap import FEWEST_NAMES

MOST_SYMBOLS = 40  # of a name that is taken apart
MOST_POSITIONS = 20  # in the table of losses by position
CHAPTERS = {  # of the page: its template, which is also its address in the page; its title, and the text of its link
    "names": ("The names", "Names"),
    "loss": ("What a loss is", "Loss"),
    "models": ("The models, from counting to attention", "Models"),
    "pairs": ("Learning finds what counting finds", "Counting and learning"),
    "play": ("Try every variant", "Try them"),
    "ranking": ("Which variant is the best?", "Ranking"),
    "sizes": ("Size against quality", "Size"),
    "curves": ("How they learned", "Training"),
    "positions": ("Where in a name", "Place"),
    "disagreements": ("Where they disagree", "Disagreements"),
    "samples": ("Names that they invented", "Inventions"),
    "rebuild": ("Build this page again", "Rebuild"),
}
CAPTIONS = {  # of each figure: a title, and how to read it
    "steps": (
        "What each step bought",
        "A bar for every model that is better than all before it: from their loss, on the right, down to its own.",
    ),
    "counts": (
        "How often each symbol follows each other symbol in train",
        "Read a row: after this symbol, how often came each of the others? The end marker stands for the start of a "
        "name in its row, and for the end of a name in its column.",
    ),
    "tables": (
        "The table that is counted, the one that is learned, and their difference",
        "The stronger the colour, the more likely: none is 0%, full is 100%. The difference has the same scale, and "
        "where it is pale, the tables agree.",
    ),
    "losses": (
        "The losses of all variants, with 95% intervals",
        "Further left is better. Shades mark ranks: within one, no variant can be told apart from the best.",
    ),
    "sizes": (
        "Quality against size",
        "Lower is better, further left is smaller. A variant without parameters is not in the chart.",
    ),
    "curves": (
        "The loss during training",
        "Solid lines are dev, dashed ones train. The grey lines mark what knowing nothing and counting reach on dev.",
    ),
    "positions": (
        "The loss by the place in the name",
        "The first symbol is usually the hardest to guess; later ones follow from those before. Few names are long, so "
        "the right end is uncertain.",
    ),
}

ONE_TABLE = (
    "The probability of each next symbol",
    "The stronger the colour, the more likely: none is 0%, full is 100%.",
)


def report_markdown(story: Story, origin: Origin, figures: list[str]) -> str:
    """report.md, which shows the SVG figures in the folder figures/ next to it."""
    return rendered(TEMPLATES / "report.md.j2", **_content(story, origin), figures=figures)


def report_html(story: Story, origin: Origin, figures: dict[str, str]) -> str:
    """report.html. figures: SVG elements by name."""
    content = _content(story, origin)
    data: dict[str, Any] = {"play": embedded({result.variant: result.model for result in story.results})}
    taught = lesson(story.results)
    if taught:
        data["lesson"] = taught
        content |= {"rate": f"{math.log10(taught['lr']):.2f}", "l2": taught["l2"]}
    return rendered(
        TEMPLATES / "report.html.j2",
        **content,
        figures=figures,
        lesson=bool(taught),
        data={name: json_for_html(value) for name, value in data.items()},
        script=scripts(),
    )


def _with_pairs(
    texts: dict[str, tuple[str, str]], name: str, story: Story, instead: tuple[str, str]
) -> dict[str, tuple[str, str]]:
    """`texts` with another one under `name` if there are no two tables of pairs to compare."""
    return texts if story.pairs.difference is not None else texts | {name: instead}


def _content(story: Story, origin: Origin) -> dict[str, Any]:
    rows = comparison(story.results, story.ranking)
    chapters = _with_pairs(CHAPTERS, "pairs", story, ("Which symbol follows which", "Pairs"))
    return {
        "chapters": {name: titles for name, titles in chapters.items() if name != "disagreements" or story.for_best},
        "story": story,
        "card": story.card,
        "origin": origin,
        "rows": rows,
        "captions": _with_pairs(CAPTIONS, "tables", story, ONE_TABLE),
        "descriptions": DESCRIPTIONS,
        "picture": picture,
        "lengths": lengths(story.card),
        "mean_length": story.card.mean_length,
        "alphabet": alphabet(story.card),
        "ties": [" and ".join(pair) for pair in story.ranking.ties_across],
        "has_intervals": all(row["interval"] for row in rows),
        "fewest_names": FEWEST_NAMES,
        "interval_names": story.best.metrics.dev.interval_names,
        "samples_shown": SAMPLES_SHOWN,
        "nats_of_uniform": math.log(len(story.best.model.vocabulary)),
        "most_symbols": MOST_SYMBOLS,
        "most_positions": MOST_POSITIONS,
    }
