"""Sharded gradients: the tree, its parts, and the gradient that it adds up to."""

from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from makemore.arithmetic import random
from makemore.corpus.corpus import Corpus
from makemore.models.base.catalog import AnyModel, build, parse_config
from makemore.training.loop import whole_batch
from makemore.training.process_group import ALONE, ProcessGroup
from makemore.training.shards import ShardedGradient, share, sort_rows, tree_sum, whole_subtrees
from tests.conftest import CONFIGS

SHARDS_AND_PROCESSES = st.integers(1, 40).flatmap(lambda shards: st.tuples(st.just(shards), st.integers(1, shards)))
LOOP_MODELS = sorted(name for name, values in CONFIGS.items() if "batch_size" in values)


@given(SHARDS_AND_PROCESSES)
def test_every_shard_is_computed_by_one_process_and_in_one_subtree(sizes: tuple[int, int]) -> None:
    count, processes = sizes
    shares = [share(count, rank, processes) for rank in range(processes)]
    assert [shard for own in shares for shard in own] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    for own in shares:
        subtrees = whole_subtrees(range(count), own)
        assert [shard for subtree in subtrees for shard in subtree] == list(own)


@given(SHARDS_AND_PROCESSES, st.integers(0, 2**32 - 1))
def test_sum_of_the_parts_has_the_bytes_of_the_whole_sum(sizes: tuple[int, int], seed: int) -> None:
    (count, processes), generator = sizes, torch.Generator().manual_seed(seed)
    vectors = torch.randn(count, 5, generator=generator)
    known = {
        subtree: tree_sum(subtree, lambda shard: vectors[shard])
        for rank in range(processes)
        for subtree in whole_subtrees(range(count), share(count, rank, processes))
    }

    def unknown(shard: int) -> Tensor:
        raise AssertionError(f"shard {shard} is in no subtree")

    assert torch.equal(tree_sum(range(count), unknown, known), tree_sum(range(count), lambda shard: vectors[shard]))


def test_order_of_additions_makes_a_difference() -> None:
    """Otherwise the test above would show nothing."""
    vectors = torch.randn(4, 1000, generator=torch.Generator().manual_seed(0))
    in_turn = vectors[0] + vectors[1] + vectors[2] + vectors[3]
    assert not torch.equal(tree_sum(range(4), lambda shard: vectors[shard]), in_turn)


def test_powers_of_two_need_one_message_each() -> None:
    assert [whole_subtrees(range(8), share(8, rank, 4)) for rank in range(4)] == [
        [range(2)], [range(2, 4)], [range(4, 6)], [range(6, 8)]
    ]  # fmt: skip
    assert whole_subtrees(range(8), range(3, 6)) == [range(3, 4), range(4, 6)]


def test_rows_are_sorted_alphabetically(corpus: Corpus) -> None:
    found = [corpus.vocabulary.decode(row[1:]) for row in sort_rows(corpus.names["train"].tensor()).tolist()]
    assert found == sorted(corpus.decoded("train"))


def gradients(model: AnyModel, compute: Callable[[AnyModel, Tensor, int, int], float], rows: Tensor) -> list[Tensor]:
    """The loss and the gradients of one step."""
    loss = torch.tensor(compute(model, rows, 1, 1))
    return [loss, *(parameter.grad.clone() for parameter in model.parameters() if parameter.grad is not None)]


def model_with(dropout: float, name: str, corpus: Corpus) -> AnyModel:
    random.manual_seed(1)
    model = build(parse_config(name, CONFIGS[name] | {"dropout": dropout}), corpus.vocabulary, corpus.longest).train()
    with torch.no_grad():
        for parameter in model.parameters():  # a head of zeros would hide most gradients
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


@pytest.mark.parametrize("name", LOOP_MODELS)
@pytest.mark.parametrize("count", [2, 3, 16])
def test_shards_add_up_to_the_gradient_of_the_whole_batch(corpus: Corpus, name: str, count: int) -> None:
    """16 shards are more than the batch has names."""
    model, rows = model_with(0.0, name, corpus), corpus.names["train"].tensor()
    whole = gradients(model, whole_batch, rows)
    sharded = gradients(model, ShardedGradient(count, ALONE), rows)
    assert len(whole) == len(sharded) == len(list(model.parameters())) + 1
    for a, b in zip(whole, sharded, strict=True):
        assert torch.allclose(a, b, atol=1e-6)


def test_dropout_depends_on_seed_step_and_shard(corpus: Corpus) -> None:
    model = model_with(0.5, "mlp", corpus)
    rows = corpus.names["train"].tensor()[[0, 0]]  # two shards with the same name
    compute = ShardedGradient(2, ALONE)
    losses = [compute(model, rows, seed, step) for seed, step in [(1, 1), (1, 1), (1, 2), (2, 1)]]
    assert losses[0] == losses[1]
    assert len(set(losses)) == 3
    assert losses[0] != ShardedGradient(1, ALONE)(model, rows[:1], 1, 1), "the two shards drop different activations"


class Recording(ProcessGroup):
    """Process 1 of 3, which records what it sends, and receives zeros from the others."""

    def all_gather(self, tensor: Tensor) -> Tensor:
        object.__setattr__(self, "sent", tensor)
        return torch.stack([torch.zeros_like(tensor), tensor, torch.zeros_like(tensor)])


def test_processes_send_whole_subtrees_padded_to_the_same_number(corpus: Corpus) -> None:
    """Of 8 shards, process 1 of 3 computes 2, 3 and 4; the processes with 2 and 3 shards send 2 subtrees each."""
    model, group = model_with(0.0, "mlp", corpus), Recording(rank=1, size=3)
    ShardedGradient(8, group)(model, corpus.names["train"].tensor(), 1, 1)
    size = sum(parameter.numel() for parameter in model.parameters()) + 1
    assert group.sent.shape == (2, size)  # type: ignore[attr-defined]
    assert [share(8, rank, 3) for rank in range(3)] == [range(2), range(2, 5), range(5, 8)]
