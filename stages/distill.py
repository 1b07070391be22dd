"""distill@student: the corpus and an ensemble -> a model that learns what the ensemble says, and its training curve."""

from makemore.core.curve import write_curve
from makemore.core.device import training_device
from makemore.core.layout import CORPUS, CURVE_FILE
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.sampling import sample
from makemore.training.checkpoint import open_checkpoint, training_key
from makemore.training.fit import fit
from makemore.training.journal import hash_of_model, streamed_journal
from makemore.training.teaching import lessons, sampling_of


def run(params: Params, student: str) -> None:
    config = catalog.parse_student(student, params.students[student])
    teaching = catalog.parse_teaching(student, params.students[student])
    corpus = Corpus.load(CORPUS).with_some_dev(params.evaluate.curve_names)
    teacher = catalog.load(params.folder_of(teaching.teacher), corpus.vocabulary)
    taught = f"{teaching.model_dump_json()} {hash_of_model(params.folder_of(teaching.teacher))}"
    key, shown = training_key(config, params.compute, corpus, taught), params.of_variant(student, ("data", "compute"))
    with (
        open_checkpoint(student, key) as checkpoint,
        streamed_journal(student, key, shown, params.track.experiment) as journal,
    ):
        names = sample(teacher, sampling_of(teacher, teaching, config.seed)) if teaching.sampled_names else []
        found = lessons(teacher, corpus, teaching, names)
        device = training_device(params.compute)
        model, curve = fit(config, corpus, student, checkpoint, journal.point, device=device, lessons=found)
        catalog.save(model, params.folder_of(student))
        write_curve(params.folder_of(student) / CURVE_FILE, curve)
        journal.trained(params.folder_of(student))
