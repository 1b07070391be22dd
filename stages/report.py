"""report: the results of all variants -> report.md with its figures, report.html, a model card, and DVC's own views.

DVC's views are the plots, the metric that people compare, and the artifact `best-model`. dvc.yaml names their files.
"""

from pathlib import Path

from makemore.core import layout
from makemore.core.artifacts import read_artifact
from makemore.core.files import file_md5, read_bytes, read_text, write_bytes, write_json, write_text
from makemore.core.params import Params
from makemore.corpus.card import DataCard
from makemore.corpus.corpus import Corpus
from makemore.report.charts.charts import charts
from makemore.report.charts.dvc_plots import plots
from makemore.report.charts.figures import as_file, svgs
from makemore.report.croissant import described
from makemore.report.dev_names import DevNames
from makemore.report.model_card import model_card
from makemore.report.pages import report_html, report_markdown
from makemore.report.stage_outputs import Result
from makemore.report.story import Story


def run(params: Params) -> None:
    read_text(layout.PRUNED)  # fails if prune has not run
    corpus, card = Corpus.load(layout.CORPUS), read_artifact(layout.CORPUS / layout.CARD_FILE, DataCard)
    results = [
        Result.read(variant, params.folder_of(variant), corpus.vocabulary, values.get("teacher", ""))
        for variant, values in params.all_variants.items()
    ]
    story = Story.of(results, corpus, card, DevNames.read(list(params.all_variants), corpus))
    figures = svgs(charts(story))
    for name, figure in figures.items():
        write_text(layout.FIGURES / f"{name}.svg", as_file(figure))
    weights = {name: file_md5(params.folder_of(name) / layout.WEIGHTS_FILE) for name in params.all_variants}
    write_text(layout.REPORT, report_markdown(story, list(figures)))
    write_text(layout.REPORT_HTML, report_html(story, params, weights, figures))
    write_text(layout.MODEL_CARD, model_card(story, params, described(Path(params.data.path))))
    _write_views(results, story)
    best = params.folder_of(story.best.variant)
    for name in (layout.CONFIG_FILE, layout.WEIGHTS_FILE):
        write_bytes(layout.BEST / name, read_bytes(best / name))


def _write_views(results: list[Result], story: Story) -> None:
    """What DVC's own views show; `results` are in the order of params.yaml."""
    for name, table in plots(story).items():
        write_text(layout.PLOTS / f"{name}.csv", table)
    write_json(layout.DEV_NLL, {result.variant: result.nll("dev") for result in results})
