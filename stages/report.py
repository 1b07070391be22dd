"""report: the results of all variants -> report.md with its figures, and report.html."""

from makemore.core.artifacts import DataCard, read_artifact
from makemore.core.corpus import Corpus
from makemore.core.files import read_text, write_text
from makemore.core.layout import CARD_FILE, CORPUS, FIGURES, PRUNED, REPORT, REPORT_HTML
from makemore.core.params import Params
from makemore.report.charts import charts
from makemore.report.dev import DevNames
from makemore.report.figures import as_file, svgs
from makemore.report.pages import report_html, report_markdown
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
