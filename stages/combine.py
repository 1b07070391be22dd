"""combine@ensemble: trained variants and the corpus -> one model that averages what they say, its losses, its names."""

from typing import cast

from makemore.combining import combined
from makemore.core.curve import write_curve
from makemore.core.files import read_text
from makemore.core.layout import CORPUS, CURVE_FILE, ENSEMBLES, FOLDER_FILE
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.models.ensemble import Config
from stages import evaluate, sample


def run(params: Params, ensemble: str) -> None:
    read_text(ENSEMBLES / FOLDER_FILE)  # fails if tidy has not run
    values = params.all_variants[ensemble]
    corpus = Corpus.load(CORPUS).with_some_dev(params.evaluate.curve_names)
    members = {name: catalog.load(params.folder_of(name), corpus.vocabulary) for name in values["members"]}
    config = cast(Config, catalog.parse_config(ensemble, values))
    model, curve = combined(config, members, corpus)
    catalog.save(model, params.folder_of(ensemble))
    write_curve(params.folder_of(ensemble) / CURVE_FILE, curve)
    evaluate.run(params, ensemble)
    sample.run(params, ensemble)
