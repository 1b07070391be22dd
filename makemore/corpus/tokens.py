"""Names as padded rows of tokens, which models read: a batch of ragged names (parts.py) is padded when it is made.

The name `emma` is the row `. e m m a .`: a model sees `. e m m a` and predicts `e m m a .`.
"""

import unicodedata
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.corpus.parts import Names, token_dtype
from makemore.corpus.vocabulary import Vocabulary

PAD = -1  # fills a row after the end marker; as a target it is not counted


def padded(names: Names) -> Tensor:
    """`names` as rows `. e m m a . PAD PAD`: int64 (names, longest + 2), for their longest name."""
    lengths = names.lengths
    width = int(lengths.max(initial=0))
    rows = np.full((len(lengths), 1 + width), PAD)
    rows[:, 0] = 0
    rows[:, 1:][np.arange(width) < lengths[:, None]] = names.tokens
    return torch.from_numpy(rows)


def inputs_and_targets(rows: Tensor) -> tuple[Tensor, Tensor]:
    """What a model sees and what it must predict: int64, both (rows, width - 1).

    Targets are PAD after the end of a name. Inputs are 0 there, which has no effect because all models are causal.
    """
    return rows[:, :-1].clamp(min=0), rows[:, 1:]


def encode_names(names: list[str], vocabulary: Vocabulary) -> Names:
    """The tokens of `names`. Vectorised: no loop over characters.

    Raises UserError for a character that is not in the vocabulary.
    """
    tokens = _tokens(unicodedata.normalize("NFC", "\n".join([*names, ""])), vocabulary)
    ends = np.flatnonzero(tokens == 0)
    if (tokens < 0).any() or len(ends) > len(names):
        for name in names:
            vocabulary.encode(name)  # raises for the first name with such a character
    offsets = np.concatenate([np.zeros(1, np.int64), ends + 1])
    return Names(tokens.astype(token_dtype(len(vocabulary))), offsets.astype(np.uint32))


def decode_names(names: Names, vocabulary: Vocabulary) -> list[str]:
    """The text of `names`."""
    tokens = names.tokens.tolist()
    return [vocabulary.decode(tokens[start:end]) for start, end in pairwise(names.offsets.tolist())]


def _tokens(lines: str, vocabulary: Vocabulary) -> NDArray[np.int64]:
    """The token of each character of `lines`: 0 for a newline, -1 for a character that is not in the vocabulary."""
    # By code point. It has room for the newline, and its last entry stands for all larger code points.
    table = np.full(max(map(ord, vocabulary.symbols)) + 1 + ord("\n"), -1)
    table[_code_points("".join(vocabulary.symbols[1:]))] = np.arange(1, len(vocabulary))
    table[ord("\n")] = 0
    tokens: NDArray[np.int64] = table[np.minimum(_code_points(lines), len(table) - 1)]
    return tokens


def _code_points(text: str) -> NDArray[np.uint32]:
    # A surrogate is not a character and never in the vocabulary, but JSON strings and command lines can contain one.
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
