"""Names as they are stored: ragged tokens, without padding, in files that are mapped into memory.

The names of a split are stored in parts. A part holds the tokens of its names one after the other, each name with its
end marker, and where each name starts:

    names     emma, bo                          (a = 1, b = 2, e = 3, m = 4, o = 5)
    tokens    3 4 4 1 0 2 5 0                   the symbol before the first one of a name is always an end marker
    offsets   0 5 8                             name i is tokens[offsets[i]:offsets[i + 1]]

A part starts with the first name whose tokens start at or after a multiple of PART_TOKENS. So the files depend only on
the names, not on how they were read; names that are added at the end change only the last part.
"""

import json
import mmap
import os
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.core.errors import FileError, UserError
from makemore.core.files import damaged, open_regular, os_errors, reason, write_bytes
from makemore.corpus.hashing import hash_texts

PART_TOKENS = 2**24
_DTYPES = {"U8": np.uint8, "U16": np.uint16, "U32": np.uint32}

Tokens = NDArray[Any]  # uint8, uint16 or uint32


class PartFile(NamedTuple):
    """The open file of a part, also mapped into memory. tokens, offsets: the bytes at which these arrays start."""

    file: IO[bytes]
    memory: mmap.mmap
    tokens: int
    offsets: int

    def read(self, start: int, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
        """`count` numbers that start at the byte `start`, without mapping their pages.

        Raises UserError if the file is shorter than it was, or cannot be read.
        """
        size = count * dtype.itemsize
        try:
            content = os.pread(self.file.fileno(), size, start)
        except OSError as error:  # `os_errors` takes longer than reading a name
            raise FileError(f"{self.file.name}: cannot be read: {reason(error)}") from None
        if len(content) < size:
            raise damaged(Path(self.file.name), "shorter than before")
        return np.frombuffer(content, dtype)


@dataclass(frozen=True, eq=False)
class Names:
    """Consecutive names as tokens: those of a part, of a batch, or of any list.

    tokens: uint8, uint16 or uint32 (symbols): the tokens of the names, each with its end marker
    offsets: uint32 (names + 1): where each name starts, and where the last one ends
    stored: the file that the arrays are mapped from, or None
    """

    tokens: Tokens
    offsets: NDArray[np.uint32]
    stored: PartFile | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """The number of symbols of each name: int64 (names)."""
        return (self.offsets[1:] - self.offsets[:-1]).astype(np.int64)

    @property
    def longest(self) -> int:
        """The characters of the longest name, or 0 if there are none."""
        return int(self.lengths.max(initial=1)) - 1

    def positions(self) -> NDArray[np.int64]:
        """The place of each symbol in its name, from 0: int64 (symbols)."""
        return np.arange(len(self.tokens)) - np.repeat(self.offsets[:-1].astype(np.int64), self.lengths)

    def hashes(self) -> NDArray[np.uint64]:
        """A hash of the tokens of each name: uint64 (names)."""
        ends = self.offsets.astype(np.int64) * self.tokens.itemsize
        return hash_texts(self.tokens.view(np.uint8), ends[:-1], ends[1:], seed=0)

    def name(self, number: int) -> Tokens:
        """The tokens of one name. Stored names are read: mapping a page for each takes longer, and takes memory."""
        if self.stored is None:
            return self.tokens[self.offsets[number] : self.offsets[number + 1]]
        offsets, tokens = self.offsets.dtype, self.tokens.dtype
        start, end = self.stored.read(self.stored.offsets + number * offsets.itemsize, 2, offsets).tolist()
        return self.stored.read(self.stored.tokens + start * tokens.itemsize, end - start, tokens)

    def between(self, first: int, last: int) -> "Names":
        """The names `first` to `last - 1`, copied, so that no page of the file stays in memory for them."""
        start, end = int(self.offsets[first]), int(self.offsets[last])
        names = Names(self.tokens[start:end].copy(), self.offsets[first : last + 1] - np.uint32(start))
        self.release()
        return names

    def take(self, numbers: NDArray[np.int64]) -> "Names":
        """The names with these numbers, in the order of `numbers`, copied."""
        lengths = self.lengths[numbers]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
        moved = np.repeat(self.offsets[:-1][numbers] - offsets[:-1], lengths)  # by how much each symbol moves
        return Names(self.tokens[moved + np.arange(len(moved))], offsets.astype(np.uint32))

    def release(self) -> None:
        """Lets the system reuse the memory of pages that have been read: it can read them again from the file."""
        if self.stored is not None:
            self.stored.memory.madvise(mmap.MADV_DONTNEED)


def token_dtype(vocab_size: int) -> type[np.uint8] | type[np.uint16] | type[np.uint32]:
    """The smallest type that holds the tokens of a vocabulary."""
    return np.uint8 if vocab_size <= 2**8 else np.uint16 if vocab_size <= 2**16 else np.uint32


def save_part(path: Path, tokens: Tokens, lengths: NDArray[np.integer]) -> None:
    """Writes a part to `path`; `lengths` are the numbers of tokens of its names."""
    offsets = np.zeros(len(lengths) + 1, np.uint32)
    np.cumsum(lengths.astype(np.uint32), dtype=np.uint32, out=offsets[1:])
    write_bytes(path, *_serialized({"offsets": offsets, "tokens": tokens}))


def _serialized(arrays: dict[str, NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """The content of the file that safetensors writes for `arrays`, without copies of them."""
    described, end = {}, 0
    for name, array in arrays.items():
        start, end = end, end + array.nbytes
        dtype = next(known for known, type_ in _DTYPES.items() if type_ == array.dtype)
        described[name] = {"dtype": dtype, "shape": array.shape, "data_offsets": (start, end)}
    header = json.dumps(described, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    yield len(header).to_bytes(8, "little") + header
    yield from (array.data for array in arrays.values())


def map_part(path: Path) -> Names:
    """The part that `save_part` wrote to `path`, mapped into memory.

    Raises UserError if it is missing or not a whole file; `problem_of_part` checks its values.
    """
    with os_errors(path, "read"):
        try:
            file = open_regular(path)
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except FileNotFoundError:
            raise UserError(f"{path}: no such file; run `dvc repro` to create it") from None
        except ValueError:  # an empty file
            raise damaged(path, "empty") from None
    try:
        names = _parse(file, memory)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError):
        file.close()
        raise damaged(path, "not a whole file of tensors") from None
    weakref.finalize(names, file.close)  # otherwise Python warns of a file that nobody has closed
    return names


def _parse(file: IO[bytes], memory: mmap.mmap) -> Names:
    """The two tensors in a safetensors file: 8 bytes with the size of the header, the header in JSON, the data."""
    start = 8 + int.from_bytes(memory[:8], "little")
    header = json.loads(memory[8:start])
    arrays, begins = [], []
    for name in ("tokens", "offsets"):
        dtype, (length,), (begin, end) = (header[name][key] for key in ("dtype", "shape", "data_offsets"))
        array = np.frombuffer(memory, _DTYPES[dtype], length, start + begin)
        if array.nbytes != end - begin:
            raise ValueError(name)
        arrays.append(array)
        begins.append(start + begin)
    if len(header) != 2 or start + sum(array.nbytes for array in arrays) != len(memory):
        raise ValueError("other tensors")
    tokens, offsets = arrays
    return Names(tokens, offsets, PartFile(file, memory, *begins))


def problem_of_part(part: Names, vocab_size: int) -> str:
    """Why `part` is not what `save_part` writes; empty if it is."""
    tokens, offsets = part.tokens, part.offsets
    if tokens.dtype != token_dtype(vocab_size) or offsets.dtype != np.uint32:
        return "its tensors are not of the types of tokens and offsets"
    if len(offsets) < 2 or offsets[0] != 0 or offsets[-1] != len(tokens) or (offsets[1:] < offsets[:-1] + 2).any():
        return "its offsets are not those of names"
    if tokens.max() >= vocab_size:
        return "it has tokens that are not in the vocabulary"
    if tokens[offsets[1:] - 1].any() or np.count_nonzero(tokens) != len(tokens) - len(part):
        return "its end markers are not at the ends of names"
    return ""
