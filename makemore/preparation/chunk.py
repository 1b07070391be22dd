"""A chunk of the file of names -> its names as tokens, by split, and the tallies of them.

A pure function: the result is the same on any machine, in any order, and can be computed again if it is lost.
collect.py adds up the tallies, and merge.py joins the names. The tokens number the chunk's own characters (text.py),
because those of the other chunks are not known yet.
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
from makemore.preparation.problems import LISTED, OR_SKIP, Problems, find_problems, without_bad
from makemore.preparation.source import LONGEST_LINE, Chunk
from makemore.preparation.text import NEWLINE, Lines, not_utf8, read_lines, starts_of


class Rules(NamedTuple):
    """What names are allowed, and how they are split.

    skip_bad: whether lines that cannot be names are left out and counted; otherwise they are problems
    only: the split of all names, or "" if their hash decides
    """

    end_marker: str
    max_length: int
    dev_share: float
    test_share: float
    seed: int
    skip_bad: bool
    only: str = ""

    @classmethod
    def of(cls, data: DataParams, only: str = "") -> "Rules":
        """The rules in `data`."""
        return cls(data.end_marker, data.max_length, data.dev_share, data.test_share, data.seed, data.skip_bad, only)


class SplitTokens(NamedTuple):
    """The names of a chunk that are in one split.

    tokens: uint8, uint16 or uint32 (symbols): the names, each with its end marker
    lengths: uint16 (names): the number of tokens of each name
    """

    tokens: Tokens
    lengths: NDArray[np.uint16]


class PreparedChunk(NamedTuple):
    """What is known about a chunk.

    lines: how many lines it has, blank ones included
    skipped: how many of them are left out, because they cannot be names
    alphabet: int64 (tokens): the code point of each token, ascending; 0 for the end marker, which is token 0
    characters, lengths: tallies of the code points, and of the characters per name
    bigrams: of the names of train, see `count_bigrams`; as many symbols as tokens
    hashes: uint64 (names): the hash of each name, ascending
    splits: its names
    """

    lines: int
    skipped: int
    alphabet: NDArray[np.int64]
    characters: Tally
    lengths: Tally
    bigrams: Tally
    hashes: NDArray[np.uint64]
    splits: dict[str, SplitTokens]


def prepare_chunk(chunk: Chunk, rules: Rules) -> PreparedChunk | Problems:
    """The result, or what is wrong with the lines of `chunk`; their numbers start with 1 in each chunk."""
    content, undecodable = not_utf8(chunk.content)
    lines = read_lines(content)
    total, names = lines.total + chunk.overlong, len(lines.ends)
    if rules.skip_bad:
        lines = without_bad(lines, rules.max_length)
    elif undecodable:
        first = [(number, f"{problem}; save the file as UTF-8, {OR_SKIP}") for number, problem in undecodable[:LISTED]]
        return Problems(len(undecodable), first, total, fatal=True)
    problems = find_problems(lines, rules.end_marker, rules.max_length)
    if chunk.overlong and not rules.skip_bad:
        message = f"a line of more than {LONGEST_LINE:,} bytes, but data.max_length is {rules.max_length} characters"
        count, first = (problems.found, problems.first) if problems else (0, [])
        return Problems(count + 1, [*first, (total, f"{message}; change one of them, {OR_SKIP}")], total)
    if problems:
        return problems._replace(lines=total)
    return _prepared(lines, total, len(undecodable) + names - len(lines.ends) + chunk.overlong, rules)


def _prepared(lines: Lines, total: int, skipped: int, rules: Rules) -> PreparedChunk:
    tokens, codes, counts = lines.tokens.copy(), *lines.counts
    tokens[lines.ends] = 0  # of the end marker: U+0000 is in no name
    is_character = codes != NEWLINE
    characters = Tally(lines.alphabet[codes[is_character]], counts[is_character])
    lengths = np.diff(lines.ends, prepend=-1).astype(np.uint16)
    hashes = _hashes(lines, rules.seed)
    if rules.only:
        numbers = np.full(len(hashes), SPLITS.index(rules.only), np.uint8)
    else:
        numbers = split_numbers(hashes, rules.dev_share, rules.test_share)
    of_symbols = np.repeat(numbers, lengths)
    splits = {
        split: SplitTokens(tokens[of_symbols == number], lengths[np.flatnonzero(numbers == number)])
        for number, split in enumerate(SPLITS)
    }
    hashes.sort()  # here, because workers share this work
    bigrams = count_bigrams(splits["train"].tokens, len(lines.alphabet))
    of_lengths = Tally.of_small(lengths - 1)
    return PreparedChunk(total, skipped, lines.alphabet, characters, of_lengths, bigrams, hashes, splits)


def _hashes(lines: Lines, seed: int) -> NDArray[np.uint64]:
    """The hash of the UTF-8 bytes of each name."""
    data, ends = np.frombuffer(lines.utf8, np.uint8), lines.ends
    if len(data) > len(lines.tokens):  # not only ASCII
        ends = np.flatnonzero(data == NEWLINE)
    return hash_texts(data, starts_of(ends), ends, seed)
