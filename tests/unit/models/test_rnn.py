"""The three cells, compared with PyTorch's own; and carrying the state, compared with reading from the start."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from makemore.corpus.corpus import Corpus
from makemore.models import rnn
from makemore.models.base import catalog
from tests.unit.conftest import Fitted

CELLS = {"rnn": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}
EVERY_CELL = pytest.mark.parametrize("cell", list(CELLS))


def with_cell(fitted: Fitted, cell: str) -> rnn.Model:
    model = fitted("rnn", cell=cell)
    assert isinstance(model, rnn.Model)
    return model


@EVERY_CELL
def test_cell_equals_that_of_pytorch(fitted: Fitted, cell: str) -> None:
    model = with_cell(fitted, cell)
    embedding, start = model.token_embedding.weight, [state.unsqueeze(0) for state in model.start]
    width, hidden = embedding.shape[1], start[0].shape[1]
    reference = CELLS[cell](width, hidden)
    with torch.no_grad():
        reference.weight_ih.copy_(model.input.weight)
        reference.bias_ih.copy_(model.input.bias)
        reference.weight_hh.copy_(model.cell.recur.weight)
        reference.bias_hh.zero_()  # PyTorch has a second bias; the formulas have one
    state: list[Tensor] = start
    tokens = [0, 3, 1, 4, 1, 5, 2]
    logits = model(torch.tensor([tokens]))[0]
    for t, token in enumerate(tokens):
        x = embedding[token].unsqueeze(0)
        state = list(reference(x, tuple(state))) if cell == "lstm" else [reference(x, state[0])]
        assert torch.allclose(logits[t], model.head(state[0])[0], atol=1e-5)


@EVERY_CELL
def test_carrying_the_state_equals_reading_from_the_start(fitted: Fitted, corpus: Corpus, cell: str) -> None:
    """In one call, symbol by symbol, and with a prefix of two; names that have ended leave the batch."""
    model = with_cell(fitted, cell)
    tokens = torch.randint(len(corpus.vocabulary), (6, 7), generator=torch.Generator().manual_seed(0))
    expected = model(tokens)
    for cuts in ([7], [1] * 7, [2, 1, 1, 3]):
        cache: list[Tensor] = []
        alive, t = torch.arange(6), 0
        for new in cuts:
            logits, cache = model.next_logits(tokens[alive, t : t + new], cache)
            t += new
            assert torch.allclose(logits, expected[alive, t - 1], atol=1e-5)
            alive, cache = alive[1:], [kept[1:] for kept in cache]


@EVERY_CELL
def test_loaded_cell_equals_the_saved_one_for_names_of_any_length(fitted: Fitted, cell: str, tmp_path: Path) -> None:
    model = with_cell(fitted, cell)
    assert all(state.abs().max() > 0 for state in model.start), "the initial state is learned"
    catalog.save(model, tmp_path)
    tokens = torch.zeros(1, 3 * model.block_size, dtype=torch.int64)
    assert torch.equal(catalog.load(tmp_path)(tokens), model(tokens))
    assert model(tokens).isfinite().all()
