"""The hash that splits the corpus: compared with a loop, its values never change, and it is uniform and independent."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from makemore.corpus.hashing import hash_texts


def hashes_of(texts: list[bytes], seed: int) -> NDArray[np.uint64]:
    ends = np.cumsum([len(text) for text in texts])
    starts = ends - np.array([len(text) for text in texts])
    return hash_texts(np.frombuffer(b"".join(texts), np.uint8), starts, ends, seed)


def murmur(text: bytes, seed: int) -> int:
    """MurmurHash64A as in SMHasher's MurmurHash2.cpp, one block after the other."""
    m, mask = 0xC6A4A7935BD1E995, 2**64 - 1
    h = seed ^ (len(text) * m & mask)
    whole = len(text) // 8 * 8
    for start in range(0, whole, 8):
        k = int.from_bytes(text[start : start + 8], "little") * m & mask
        k ^= k >> 47
        h = ((h ^ (k * m & mask)) * m) & mask
    if whole < len(text):
        h = ((h ^ int.from_bytes(text[whole:], "little")) * m) & mask
    h ^= h >> 47
    h = h * m & mask
    return h ^ (h >> 47)


@given(st.lists(st.binary(max_size=40), min_size=1), st.integers(0, 2**64 - 1))
def test_hashes_are_those_of_a_loop(texts: list[bytes], seed: int) -> None:
    assert hashes_of(texts, seed).tolist() == [murmur(text, seed) for text in texts]


@pytest.mark.parametrize(
    ("text", "seed", "expected"),
    [
        (b"", 0, 0),
        (b"emma", 1, 0xFC82F9EEAE3948FB),
        ("Zoë".encode(), 1, 0xEB356D60EE69892E),
        ("李娜 and a name of more than one block".encode(), 2**63 - 1, 0x858711859FE62DD1),
    ],
)
def test_values_never_change(text: bytes, seed: int, expected: int) -> None:
    assert hashes_of([text], seed)[0] == expected
