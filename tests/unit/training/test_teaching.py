"""What a student is trained on."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from makemore.core.errors import UserError
from makemore.corpus.corpus import Corpus
from makemore.corpus.tokens import decode_names, inputs_and_targets
from makemore.models import base, gpt
from makemore.models.base.catalog import AnyModel, build, parse_config
from makemore.models.base.config import Teaching
from makemore.training import teaching as module
from makemore.training.loop import Loop
from makemore.training.teaching import Lessons, lessons
from tests.conftest import CONFIGS
from tests.unit.conftest import Fitted

TEACHING = Teaching(teacher="ensemble", sampled_names=6, sampled_share=0.25)
SAMPLED = ["anna", "zo", "", "a" * 30, "mamma", "max"]
CONFIG = gpt.Config.model_validate(CONFIGS["gpt"] | {"dropout": 0.0})


@pytest.fixture
def teacher(fitted: Fitted) -> AnyModel:
    return fitted("ensemble")


@pytest.fixture
def taught(teacher: AnyModel, corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> Lessons:
    """Lessons of a corpus that has train only: dev and test cannot be among them."""
    monkeypatch.setattr(module, "PREFIXES_PER_CALL", 3)
    longest = corpus.longest
    train_only = replace(corpus, names={"train": corpus.names["train"]})
    assert train_only.longest == longest
    return lessons(teacher, train_only, TEACHING, SAMPLED)


def test_names_are_those_of_train_and_the_sampled_ones_that_it_could_have(taught: Lessons, corpus: Corpus) -> None:
    names = decode_names(taught.names, corpus.vocabulary)
    assert names == [*corpus.decoded("train"), "anna", "zo", "mamma", "max"]
    assert taught.in_train == len(corpus.names["train"])


@torch.no_grad()
def test_answers_are_the_teachers_probabilities_at_every_position(
    taught: Lessons, teacher: AnyModel, corpus: Corpus
) -> None:
    for step in range(1, 6):
        rows, answers = taught.batch(CONFIG, step)
        inputs, targets = inputs_and_targets(rows)
        expected = teacher(inputs).softmax(dim=-1)
        assert torch.allclose(answers.probabilities[targets >= 0], expected[targets >= 0], atol=1e-6)


def test_batch_has_its_share_of_sampled_names_in_a_fixed_order(taught: Lessons, corpus: Corpus) -> None:
    rows, _ = taught.batch(CONFIG, 1)
    names = ["".join(corpus.vocabulary.symbols[token] for token in row if token > 0) for row in rows.tolist()]
    assert [name in corpus.decoded("train") for name in names] == [True] * 6 + [False] * 2
    assert torch.equal(rows, taught.batch(CONFIG, 1)[0])
    assert not torch.equal(rows, taught.batch(CONFIG, 2)[0])


def test_trie_rows_have_the_loss_of_padded_rows(taught: Lessons, corpus: Corpus) -> None:
    model = Loop.start(corpus, CONFIG).model.train()
    rows, answers = taught.batch(CONFIG, 1)
    for share in (0.75, 1.0):
        mixed = answers._replace(share=share)
        of_trie, of_rows = model.loss(rows, mixed), base.Model.loss(model, rows, mixed)
        assert of_trie.item() == pytest.approx(of_rows.item(), abs=1e-6)
    assert model.loss(rows, answers._replace(share=0.0)).item() == model.loss(rows).item()


def test_soft_targets_are_the_cross_entropy_with_the_teacher(taught: Lessons, corpus: Corpus) -> None:
    model = build(parse_config("mlp", CONFIGS["mlp"]), corpus.vocabulary, corpus.longest).eval()
    rows, answers = taught.batch(CONFIG, 1)
    inputs, targets = inputs_and_targets(rows)
    logs: Tensor = -(answers.probabilities * model(inputs).log_softmax(dim=-1)).sum(dim=-1)
    found = model.loss(rows, answers).item()
    assert found == pytest.approx(logs[targets >= 0].mean().item(), abs=1e-5)


def test_training_that_resumes_ends_with_the_same_bytes(taught: Lessons, corpus: Corpus) -> None:
    config = gpt.Config.model_validate(CONFIGS["gpt"] | {"steps": 6, "eval_every": 3})
    whole, part = (Loop.start(corpus, config, lessons=taught) for _ in range(2))
    for _ in range(6):
        whole.take_step()
    for _ in range(4):
        part.take_step()
    resumed = Loop.start(corpus, config, lessons=taught)
    resumed.restore(part.state())
    for _ in range(2):
        resumed.take_step()
    assert resumed.curve == whole.curve
    assert all(torch.equal(tensor, whole.best[name]) for name, tensor in resumed.best.items())


def test_answers_that_do_not_fit_into_memory_are_refused(
    teacher: AnyModel, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "machine_memory", lambda: 1000)
    with pytest.raises(UserError, match=r"the teacher's answers after \d+ prefixes take .* lower sampled_names"):
        lessons(teacher, corpus, TEACHING, [])
