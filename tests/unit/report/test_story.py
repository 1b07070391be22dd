"""What the page tells in numbers: which variants are compared, and which sampled names are known."""

from makemore.corpus.corpus import Corpus
from makemore.report.story import DISAGREEMENTS, Story
from tests.unit.report.conftest import CARD, MakeResult, dev_names, told


def test_reference_is_the_best_other_count_model_or_the_second_best_variant(
    make_result: MakeResult, corpus: Corpus
) -> None:
    results = [make_result("gpt", "gpt", dev=2.0), make_result("mlp", "mlp", dev=2.5)]
    story = told(results, corpus)
    assert (story.best.variant, story.reference.variant) == ("gpt", "mlp")
    assert list(story.example.nats) == ["mlp", "gpt"]
    assert len(story.for_best) == min(DISAGREEMENTS, len(corpus.names["dev"]))
    assert story.for_reference == []
    results += [make_result("count", "count", dev=2.25), make_result("uniform", dev=3.0)]
    story = told(results, corpus)
    assert story.reference.variant == "count"
    assert list(story.example.nats) == ["uniform", "count", "gpt"]
    counting = [make_result("count", "count", dev=1.5), *results]
    assert told(counting[:2], corpus).reference.variant == "gpt", "counting is the best"
    assert told(results[:1], corpus).for_best == []


def test_sampled_names_that_are_in_the_corpus_are_known(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("gpt", "gpt", names=("emma", "amme", "lea", ""))]
    story = Story.of(results, corpus, CARD, dev_names(results, corpus))
    assert story.known == {"emma", "lea"}
