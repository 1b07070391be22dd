"""The three cells: against PyTorch's own, with the same weights; and carrying the state against reading anew."""

import pytest
import torch
from torch import Tensor

from makemore import models
from makemore.corpus import Corpus
from makemore.models import rnn
from makemore.training import train
from tests.conftest import CONFIGS

CELLS = {"rnn": torch.nn.RNNCell, "gru": torch.nn.GRUCell, "lstm": torch.nn.LSTMCell}
EVERY_CELL = pytest.mark.parametrize("cell", list(CELLS))


def fit(corpus: Corpus, cell: str) -> rnn.Model:
    model, _ = train(models.parse_config("rnn", {**CONFIGS["rnn"], "cell": cell}), corpus, cell)
    assert isinstance(model, rnn.Model)
    return model


@EVERY_CELL
def test_cells_are_those_of_pytorch(corpus: Corpus, cell: str) -> None:
    model = fit(corpus, cell)
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
def test_the_start_state_is_learned(corpus: Corpus, cell: str) -> None:
    for state in fit(corpus, cell).start:
        assert state.abs().max() > 0


@EVERY_CELL
def test_carrying_the_state_is_reading_from_the_start(corpus: Corpus, cell: str) -> None:
    """In one step, symbol by symbol, and with a prefix of two; names that have ended leave the batch."""
    model = fit(corpus, cell)
    tokens = torch.randint(len(corpus.vocabulary), (6, 7), generator=torch.Generator().manual_seed(0))
    expected = model(tokens)
    for cuts in ([7], [1] * 7, [2, 1, 1, 3]):
        memory: list[Tensor] = []
        alive, t = torch.arange(6), 0
        for new in cuts:
            logits, memory = model.advance(tokens[alive, t : t + new], memory)
            t += new
            assert torch.allclose(logits, expected[alive, t - 1], atol=1e-5)
            alive, memory = alive[1:], [kept[1:] for kept in memory]


@EVERY_CELL
def test_no_name_is_too_long(corpus: Corpus, cell: str) -> None:
    model = fit(corpus, cell)
    assert model(torch.zeros(1, 3 * model.block_size, dtype=torch.int64)).isfinite().all()


@EVERY_CELL
def test_a_saved_cell_is_the_same_cell(corpus: Corpus, cell: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    model, folder = fit(corpus, cell), tmp_path_factory.mktemp(cell)
    models.save(model, folder)
    assert torch.equal(models.load(folder)(corpus.rows["train"][:, :4]), model(corpus.rows["train"][:, :4]))
