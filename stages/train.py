"""train@variant: the corpus -> a fitted model and its training curve, which is streamed to MLflow through a journal."""

from makemore.core.corpus import Corpus
from makemore.core.files import read_text
from makemore.core.layout import CORPUS, CURVE_FILE, ESTIMATED, MODELS
from makemore.core.params import Params
from makemore.models.base import catalog
from makemore.models.base.curve import write_curve
from makemore.training.checkpoint import open_checkpoint, run_key
from makemore.training.fit import fit
from makemore.training.streaming import streamed_journal


def run(params: Params, variant: str) -> None:
    read_text(ESTIMATED)
    config = catalog.parse_config(variant, params.variants[variant])
    corpus, folder = Corpus.load(CORPUS), MODELS / variant
    key, shown = run_key(config, params.compute, corpus), params.of_variant(variant, ("data", "compute"))
    with (
        open_checkpoint(variant, key) as checkpoint,
        streamed_journal(variant, key, shown, params.track.experiment) as journal,
    ):
        model, curve = fit(config, corpus, variant, checkpoint, journal.point)
        catalog.save(model, folder)
        write_curve(folder / CURVE_FILE, curve)
        journal.trained(folder)
