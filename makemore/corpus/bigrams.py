"""How often each symbol follows each other symbol."""

from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from numpy.typing import NDArray

from makemore.core.artifacts import read_arrays
from makemore.core.errors import UserError
from makemore.core.files import damaged, write_bytes
from makemore.corpus.parts import Tokens
from makemore.corpus.tally import Tally, count_pairs

LARGEST_TABLE_SYMBOLS = 5_000  # 200 MB per table of all pairs, in int64; the neural bigram needs eight tables
_SMALL_TABLE_SYMBOLS = 1_000  # up to here, counting in a table is faster than sorting


def check_table(vocab_size: int) -> None:
    """Raises UserError if a table of all pairs of symbols would be too large."""
    if vocab_size > LARGEST_TABLE_SYMBOLS:
        raise UserError(
            f"a table of all pairs of symbols allows at most {LARGEST_TABLE_SYMBOLS:,} symbols, "
            f"but the corpus has {vocab_size:,}; remove this variant, or use a model without such a table"
        )


def count_bigrams(tokens: Tokens, vocab_size: int) -> Tally:
    """The bigrams in the tokens of names: `a b` has the code a * vocab_size + b.

    The tokens before the first name count as its end marker, so every token is the second of one bigram.
    """
    if tokens.dtype == np.uint8:
        after_end = np.concatenate([np.zeros(1, np.uint8), tokens])
        table = count_pairs(after_end) + count_pairs(after_end[1:])
        return Tally.of_table(table[:vocab_size, :vocab_size].ravel())
    codes: NDArray[Any] = tokens.astype(np.uint32 if vocab_size**2 <= 2**32 else np.int64)
    codes[1:] += tokens[:-1] * codes.dtype.type(vocab_size)
    return Tally.of_small(codes) if vocab_size <= _SMALL_TABLE_SYMBOLS else Tally.of(codes)


def bigram_table(bigrams: Tally, vocab_size: int) -> NDArray[np.int64]:
    """The counts as a table, int64 (vocab_size, vocab_size): row, the first symbol; column, the second.

    Raises UserError for more than LARGEST_TABLE_SYMBOLS symbols.
    """
    check_table(vocab_size)
    table = np.zeros(vocab_size**2, np.int64)
    table[bigrams.codes] = bigrams.counts
    return table.reshape(vocab_size, vocab_size)


def save_bigrams(path: Path, bigrams: Tally, vocab_size: int) -> None:
    """Writes the bigrams of train to `path`: a table, or the codes and counts if it would be too large."""
    if vocab_size <= LARGEST_TABLE_SYMBOLS:
        tensors = {"train": bigram_table(bigrams, vocab_size)}
    else:
        tensors = {"train.bigrams": bigrams.codes, "train.counts": bigrams.counts}
    write_bytes(path, safetensors.numpy.save(tensors))


def load_bigrams(path: Path, vocab_size: int) -> Tally:
    """The bigrams that `save_bigrams` wrote to `path`.

    Raises UserError if the file is missing or damaged.
    """
    tensors = read_arrays(path)
    table = tensors.get("train")
    if table is not None and table.shape == (vocab_size, vocab_size) and table.dtype == np.int64:
        bigrams = Tally.of_table(table.reshape(-1))
    elif {"train.bigrams", "train.counts"} == tensors.keys():
        bigrams = Tally(tensors["train.bigrams"], tensors["train.counts"])
    else:
        raise damaged(path, f"its tensors are not the bigrams of {vocab_size} symbols")
    codes, counts = bigrams
    if codes.dtype != np.int64 or counts.dtype != np.int64 or codes.ndim != 1 or codes.shape != counts.shape:
        raise damaged(path, "its tensors are not codes and counts")
    if not len(codes) or codes[0] < 0 or codes[-1] >= vocab_size**2 or (np.diff(codes) <= 0).any() or counts.min() < 1:
        raise damaged(path, "its codes and counts are not those of bigrams")
    return bigrams
