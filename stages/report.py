"""report: the results of all variants -> report.md with its figures, report.html, and the model card of the best."""

from pathlib import Path

from makemore.core.artifacts import DataCard, read_artifact
from makemore.core.corpus import Corpus
from makemore.core.files import read_text, write_text
from makemore.core.layout import CARD_FILE, CORPUS, FIGURES, MODEL_CARD, PRUNED, REPORT, REPORT_HTML
from makemore.core.params import Params
from makemore.report.card import model_card
from makemore.report.charts import charts
from makemore.report.dataset import described
from makemore.report.pages import report_html, report_markdown
from makemore.report.results import Result, ranking
from makemore.report.style import svgs


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
