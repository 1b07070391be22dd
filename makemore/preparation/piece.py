"""A piece of the file of names -> its names as tokens, by split, and what has to be known about them.

A pure function: a piece is the same on any machine, in any order, and can be computed again if it is lost. Everything
in it is added up over the pieces (merge.py). Its tokens number its own characters (text.py), because those of the other
pieces are not known yet.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from makemore.core.params import DataParams
from makemore.corpus.bigrams import count_bigrams
from makemore.corpus.hashing import hash_texts
from makemore.corpus.parts import Tokens
from makemore.corpus.splits import SPLITS, split_numbers
from makemore.corpus.tally import Tally
from makemore.preparation.problems import Problems, find_problems
from makemore.preparation.source import LONGEST_LINE, Cut
from makemore.preparation.text import NEWLINE, Names, count_lines, read_names, starts_of


class Rules(NamedTuple):
    """What names are allowed, and how they are split. `only`: the split of all names, or "" if their hash decides."""

    end_marker: str
    max_length: int
    dev_share: float
    test_share: float
    seed: int
    only: str = ""

    @classmethod
    def of(cls, data: DataParams, only: str = "") -> "Rules":
        """The rules in `data`."""
        return cls(data.end_marker, data.max_length, data.dev_share, data.test_share, data.seed, only)


class SplitPiece(NamedTuple):
    """The names of one split.

    tokens: uint8, uint16 or uint32 (symbols): the names, each with its end marker
    lengths: uint16 (names): the number of tokens of each name
    """

    tokens: Tokens
    lengths: NDArray[np.uint16]


class Piece(NamedTuple):
    """What is known about a piece.

    lines: its lines, blank ones included
    alphabet: int64 (tokens): the code point of each token, ascending; 0 for the end marker, which is token 0
    characters, lengths: tallies of the code points, and of the characters per name
    bigrams: of the names of train, see `count_bigrams`; as many symbols as tokens
    hashes: uint64 (names): the hash of each name, ascending
    splits: its names
    """

    lines: int
    alphabet: NDArray[np.int64]
    characters: Tally
    lengths: Tally
    bigrams: Tally
    hashes: NDArray[np.uint64]
    splits: dict[str, SplitPiece]


def read_piece(cut: Cut, rules: Rules) -> Piece | Problems:
    """The piece, or what is wrong with its lines; line numbers start with 1 in each piece."""
    try:
        names = read_names(cut.content)
    except UnicodeDecodeError as error:
        lines = count_lines(error.object[: error.start] + b".")
        message = f"not UTF-8 (byte 0x{error.object[error.start]:02x}); save the file as UTF-8"
        return Problems(1, [(lines, message)], count_lines(cut.content) + cut.overlong, fatal=True)
    problems = find_problems(names, rules.end_marker, rules.max_length)
    if cut.overlong:
        message = f"a line of more than {LONGEST_LINE:,} bytes, but data.max_length is {rules.max_length} characters"
        count, first = (problems.found, problems.first) if problems else (0, [])
        return Problems(count + 1, [*first, (names.lines + 1, message)], names.lines + 1)
    return problems or _piece(names, rules)


def _piece(names: Names, rules: Rules) -> Piece:
    tokens, codes, counts = names.tokens.copy(), *names.counts
    tokens[names.ends] = 0  # of the end marker: U+0000 is in no name
    is_character = codes != NEWLINE
    characters = Tally(names.alphabet[codes[is_character]], counts[is_character])
    lengths = np.diff(names.ends, prepend=-1).astype(np.uint16)
    hashes = _hashes(names, rules.seed)
    if rules.only:
        numbers = np.full(len(hashes), SPLITS.index(rules.only), np.uint8)
    else:
        numbers = split_numbers(hashes, rules.dev_share, rules.test_share)
    of_symbols = np.repeat(numbers, lengths)
    splits = {
        split: SplitPiece(tokens[of_symbols == number], lengths[np.flatnonzero(numbers == number)])
        for number, split in enumerate(SPLITS)
    }
    hashes.sort()  # here, because workers share this work
    bigrams = count_bigrams(splits["train"].tokens, len(names.alphabet))
    return Piece(names.lines, names.alphabet, characters, Tally.of_small(lengths - 1), bigrams, hashes, splits)


def _hashes(names: Names, seed: int) -> NDArray[np.uint64]:
    """The hash of the UTF-8 bytes of each name."""
    data, ends = np.frombuffer(names.utf8, np.uint8), names.ends
    if len(data) > len(names.tokens):  # not only ASCII
        ends = np.flatnonzero(data == NEWLINE)
    return hash_texts(data, starts_of(ends), ends, seed)
