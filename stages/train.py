"""train@variant: the corpus -> a fitted model and its training curve; a journal of it goes to MLflow."""

from makemore import models
from makemore.checkpoint import open_checkpoint, run_key
from makemore.corpus import Corpus
from makemore.files import write_text
from makemore.params import Params
from makemore.tracking.journal import open_journal
from makemore.training import train
from stages import CORPUS, MODELS


def run(params: Params, variant: str) -> None:
    config = models.parse_config(variant, params.variants[variant])
    corpus = Corpus.load(CORPUS)
    key, shown = run_key(config, params.compute, corpus), params.of_variant(variant, ("data", "compute"))
    with (
        open_checkpoint(variant, key) as checkpoint,
        open_journal(variant, key, shown, params.track.experiment) as journal,
    ):
        model, curve = train(config, corpus, variant, checkpoint, journal.point)
        models.save(model, MODELS / variant)
        lines = [",".join(models.Point._fields), *(",".join(map(repr, point)) for point in curve)]
        write_text(MODELS / variant / "history.csv", "".join(f"{line}\n" for line in lines))
        journal.trained(MODELS / variant)
