"""What the page tells in numbers: ranks, gaps, which variants are compared, and which sampled names are known."""

import math

from makemore.corpus.corpus import Corpus
from makemore.report.story import DISAGREEMENTS, Story
from makemore.statistics.ranking import Ranking
from tests.unit.report.conftest import MakeResult, Tell, data_card, dev_names


def test_rank_is_the_number_of_the_group(make_result: MakeResult, tell: Tell) -> None:
    losses = {"b": 2.25, "worst": 3.0, "a": 2.25, "best": 2.0, "impossible": math.inf}
    groups = Ranking([["best"], ["a", "b"], ["worst", "impossible"]], [])
    story = tell([make_result(variant, dev=dev) for variant, dev in losses.items()], ranking=groups)
    ranks = [(result.variant, story.rank(result)) for result in story.results]
    assert ranks == [("best", 1), ("a", 2), ("b", 2), ("worst", 3), ("impossible", 3)]


def test_gap_is_the_difference_to_the_best_count_model(make_result: MakeResult, tell: Tell) -> None:
    gpt, finite, infinite = make_result("gpt"), make_result("count", "count"), make_result("x", "count", dev=math.inf)
    story = tell([make_result("bad", "count", dev=2.75), finite, make_result("good", dev=2.0), infinite])
    gaps = {result.variant: story.gap(result) for result in story.results}
    assert gaps == {"good": -0.5, "count": 0.0, "bad": 0.25, "x": math.inf}
    assert math.isnan(tell([gpt]).gap(gpt)), "there is no count model"
    assert tell([gpt, infinite]).gap(gpt) == -math.inf
    assert math.isnan(tell([gpt, infinite]).gap(infinite))


def test_reference_is_the_best_other_count_model_or_the_second_best_variant(
    make_result: MakeResult, tell: Tell, corpus: Corpus
) -> None:
    results = [make_result("gpt", "gpt", dev=2.0), make_result("mlp", "mlp", dev=2.5)]
    story = tell(results)
    assert (story.best.variant, story.reference.variant) == ("gpt", "mlp")
    assert list(story.example.nats) == ["mlp", "gpt"]
    assert len(story.for_best) == min(DISAGREEMENTS, len(corpus.names["dev"]))
    assert story.for_reference == []
    results += [make_result("count", "count", dev=2.25), make_result("uniform", dev=3.0)]
    story = tell(results)
    assert story.reference.variant == "count"
    assert list(story.example.nats) == ["uniform", "count", "gpt"]
    assert tell([make_result("count", "count", dev=1.5), *results][:2]).reference.variant == "gpt", "counting is best"
    assert tell(results[:1]).for_best == []


def test_sampled_names_that_are_in_the_corpus_are_known(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("gpt", "gpt", names=("emma", "amme", "lea", ""))]
    assert Story.of(results, corpus, data_card(), dev_names(results, corpus)).known == {"emma", "lea"}
