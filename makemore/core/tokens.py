"""Names as rows of tokens, and bigram counts of such rows. Vectorised: no loop over characters."""

import unicodedata

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from makemore.core.errors import UserError
from makemore.core.vocabulary import Vocabulary

PAD = -1  # fills a row after the end marker; as a target it is not counted
LARGEST_ROWS = 2**27  # tokens, with padding: 1 GB
LARGEST_TABLE_SYMBOLS = 5_000  # 200 MB per table of all pairs, in int64; the neural bigram needs eight tables


def encode_rows(words: list[str], vocabulary: Vocabulary, longest: int) -> Tensor:
    """`words` as rows `. e m m a . PAD PAD`, int64 (words, longest + 2).

    Raises UserError for a character that is not in the vocabulary, and for rows of more than LARGEST_ROWS tokens.
    """
    if len(words) * (longest + 2) > LARGEST_ROWS:
        raise UserError(
            f"{len(words):,} names, the longest of {longest:,} characters, take {len(words) * (longest + 2):,} tokens "
            f"with padding, but at most {LARGEST_ROWS:,} are allowed; remove the longest names"
        )
    tokens = _tokens(unicodedata.normalize("NFC", "\n".join([*words, ""])), vocabulary)
    ends = np.flatnonzero(tokens == 0)
    if (tokens < 0).any() or len(ends) > len(words):
        for word in words:
            vocabulary.encode(word)  # raises for the first word with such a character
    lengths = np.diff(ends, prepend=-1) - 1  # (words)
    rows = np.full((len(words), longest + 2), PAD)
    rows[:, 0] = 0
    rows[:, 1:][np.arange(longest + 1) <= lengths[:, None]] = tokens
    return torch.from_numpy(rows)


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


def inputs_and_targets(rows: Tensor) -> tuple[Tensor, Tensor]:
    """What a model sees and what it must predict: int64, both (rows, width - 1).

    Targets are PAD after the end of a name. Inputs are 0 there, which has no effect because all models are causal.
    """
    return rows[:, :-1].clamp(min=0), rows[:, 1:]


def check_table(vocab_size: int) -> None:
    """Raises UserError if a table of all pairs of symbols would be too large."""
    if vocab_size > LARGEST_TABLE_SYMBOLS:
        raise UserError(
            f"a table of all pairs of symbols allows at most {LARGEST_TABLE_SYMBOLS:,} symbols, "
            f"but the corpus has {vocab_size:,}; remove this variant, or use a model without such a table"
        )


def bigram_counts(rows: Tensor, vocab_size: int) -> Tensor:
    """How often each symbol (column) follows each symbol (row): int64 (vocab_size, vocab_size).

    Raises UserError for more than LARGEST_TABLE_SYMBOLS symbols.
    """
    check_table(vocab_size)
    return torch.bincount(_bigram_codes(rows, vocab_size), minlength=vocab_size**2).view(vocab_size, vocab_size)


def sparse_bigram_counts(rows: Tensor, vocab_size: int) -> tuple[Tensor, Tensor]:
    """The bigrams that occur, and how often: both int64 (distinct bigrams).

    A bigram is row * vocab_size + column of the table that `bigram_counts` returns; they are in ascending order.
    """
    codes, counts = _bigram_codes(rows, vocab_size).unique(return_counts=True)
    return codes, counts


def _bigram_codes(rows: Tensor, vocab_size: int) -> Tensor:
    """Each bigram of `rows` as row * vocab_size + column: int64 (bigrams)."""
    inputs, targets = inputs_and_targets(rows)
    return (inputs * vocab_size + targets)[targets != PAD]
