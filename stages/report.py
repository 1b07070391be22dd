"""report: the results of all variants -> report.md with its figures, report.html, a model card, and DVC's own views.

DVC's views are the plots, the metric that people compare, and the artifact `best-model`. dvc.yaml names their files.
"""

from pathlib import Path

from makemore.core.artifacts import DataCard, read_artifact
from makemore.core.corpus import Corpus
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
from makemore.report.card import model_card
from makemore.report.charts import charts
from makemore.report.dataset import described
from makemore.report.pages import report_html, report_markdown
from makemore.report.plots import plots
from makemore.report.results import Result, ranking
from makemore.report.style import svgs
from makemore.statistics.ranking import Ranking


def run(params: Params) -> None:
    read_text(PRUNED)
    corpus, card = Corpus.load(CORPUS), read_artifact(CORPUS / CARD_FILE, DataCard)
    results = [Result.read(variant, corpus.vocabulary) for variant in params.variants]
    ranks = ranking(results, corpus)
    drawn = charts(results, ranks, corpus)
    for name, image in svgs(drawn).items():
        write_text(FIGURES / f"{name}.svg", image)
    write_text(REPORT, report_markdown(results, ranks, card, list(drawn)))
    write_text(REPORT_HTML, report_html(results, ranks, card, drawn))
    write_text(MODEL_CARD, model_card(results, ranks, card, params, described(Path(params.data.path))))
    _write_views(results, ranks, corpus)


def _write_views(results: list[Result], ranks: Ranking, corpus: Corpus) -> None:
    """What DVC's own views show."""
    ranked = [variant for group in ranks.groups for variant in group]
    by_variant = {result.variant: result for result in results}
    for name, table in plots([by_variant[variant] for variant in ranked], corpus).items():
        write_text(PLOTS / f"{name}.csv", table)
    write_json(DEV_NLL, {result.variant: result.nll("dev") for result in results})
    for name in (CONFIG_FILE, WEIGHTS_FILE):
        write_bytes(BEST / name, read_bytes(MODELS / ranked[0] / name))
