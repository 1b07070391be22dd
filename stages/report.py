"""report: the results of all variants -> report.md with its figures, report.html, a model card, and DVC's own views.

DVC's views are the plots, the metric that people compare, and the artifact `best-model`. dvc.yaml names their files.
"""

from pathlib import Path

from makemore.core.artifacts import read_artifact
from makemore.core.files import read_bytes, read_text, write_bytes, write_json, write_text
from makemore.core.layout import (
    BEST,
    CARD_FILE,
    CONFIG_FILE,
    CORPUS,
    DEV_NLL,
    FIGURES,
    MODEL_CARD,
    MODELS,
    PLOTS,
    PRUNED,
    REPORT,
    REPORT_HTML,
    WEIGHTS_FILE,
)
from makemore.core.params import Params
from makemore.corpus.card import DataCard
from makemore.corpus.corpus import Corpus
from makemore.report.card import model_card
from makemore.report.charts import charts
from makemore.report.dataset import described
from makemore.report.dev import DevNames
from makemore.report.figures import as_file, svgs
from makemore.report.pages import report_html, report_markdown
from makemore.report.plots import plots
from makemore.report.rebuild import Origin
from makemore.report.results import Result
from makemore.report.story import Story


def run(params: Params) -> None:
    read_text(PRUNED)
    corpus, card = Corpus.load(CORPUS), read_artifact(CORPUS / CARD_FILE, DataCard)
    results = [Result.read(variant, corpus.vocabulary) for variant in params.variants]
    story = Story.of(results, corpus, card, DevNames.read(list(params.variants), corpus))
    figures, origin = svgs(charts(story)), Origin.of(params)
    for name, figure in figures.items():
        write_text(FIGURES / f"{name}.svg", as_file(figure))
    write_text(REPORT, report_markdown(story, origin, list(figures)))
    write_text(REPORT_HTML, report_html(story, origin, figures))
    write_text(MODEL_CARD, model_card(story.results, story.ranking, card, params, described(Path(params.data.path))))
    _write_views(results, story)


def _write_views(results: list[Result], story: Story) -> None:
    """What DVC's own views show; `results` are in the order of params.yaml."""
    for name, table in plots(story).items():
        write_text(PLOTS / f"{name}.csv", table)
    write_json(DEV_NLL, {result.variant: result.nll("dev") for result in results})
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        write_bytes(BEST / name, read_bytes(MODELS / story.best.variant / name))
