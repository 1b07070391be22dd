"""distill@student: the corpus and an ensemble -> a model that learns what it says, its losses, and its names."""

from makemore.core.layout import CORPUS
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.sampling import sample
from makemore.training.checkpoint import training_key
from makemore.training.journal import hash_of_model
from makemore.training.teaching import Lessons, lessons, sampling_of
from stages import evaluate
from stages import sample as sample_stage
from stages.train import train


def run(params: Params, student: str) -> None:
    config = catalog.parse_student(student, params.students[student])
    teaching = catalog.parse_teaching(student, params.students[student])
    corpus = Corpus.load(CORPUS).with_some_dev(params.evaluate.curve_names)
    folder = params.folder_of(teaching.teacher)
    teacher = catalog.load(folder, corpus.vocabulary)
    key = training_key(config, params.compute, corpus, f"{teaching.model_dump_json()} {hash_of_model(folder)}")

    def taught() -> Lessons:
        names = sample(teacher, sampling_of(teacher, teaching, config.seed)) if teaching.sampled_names else []
        return lessons(teacher, corpus, teaching, names)

    train(params, student, config, corpus, key, lessons=taught)
    evaluate.run(params, student)
    sample_stage.run(params, student)
