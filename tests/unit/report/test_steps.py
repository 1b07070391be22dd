"""What each model bought, compared with the best model before it."""

import math
from dataclasses import replace

from makemore.corpus.corpus import Corpus
from makemore.report.steps import steps
from tests.unit.report.conftest import MakeResult, dev_names


def test_each_step_is_compared_with_the_best_before_it(make_result: MakeResult, corpus: Corpus) -> None:
    results = [
        make_result("deep", "gpt", dev=1.5),
        make_result("counted", "ngram", dev=1.75),
        make_result("average", "bow", dev=2.0),
        make_result("pairs", "count", dev=2.5),
        make_result("worse", "count", dev=2.75),
        make_result("nothing", "uniform", dev=3.0),
    ]
    found = steps(results, dev_names(results, corpus).losses)
    chain = [(step.best.variant, step.before and step.before.variant, step.improves) for step in found]
    assert chain == [
        ("nothing", None, True),
        ("pairs", "nothing", True),
        ("counted", "pairs", True),
        ("average", "counted", False),
        ("deep", "counted", True),
    ]
    assert [result.variant for result in found[1].variants] == ["pairs", "worse"]
    assert found[0].bought == "nothing is where the story starts, at 3.000 nats per symbol."
    less = "pairs costs 0.500 nats per symbol less than nothing, the best of those before it"
    assert found[1].bought.startswith(less)
    assert found[3].bought.startswith("average costs 0.250 nats per symbol more than counted")


def test_step_with_an_infinite_loss_and_the_step_after_it(make_result: MakeResult, corpus: Corpus) -> None:
    results = [make_result("mine", "gpt", dev=2.0), make_result("impossible", "count", dev=math.inf)]
    found = steps(results, dev_names(results, corpus).losses)
    assert found[0].bought == "impossible holds a name of dev impossible, so its loss is infinite."
    assert found[1].bought.startswith("mine costs ∞ nats per symbol less than impossible, the best of those before it")


def test_students_are_a_step_after_the_ensemble(make_result: MakeResult, corpus: Corpus) -> None:
    student = replace(make_result("pupil", "gpt", dev=1.5), teacher="both")
    results = [make_result("both", "ensemble", dev=1.25), student, make_result("deep", "gpt", dev=1.75)]
    found = steps(results, dev_names(results, corpus).losses)
    assert [step.best.variant for step in found] == ["deep", "both", "pupil"]
    assert [result.kind for result in results] == ["ensemble of 2", "gpt, student of both", "gpt"]
    assert found[-1].explanation.title == "Learning from the ensemble"
