"""The files of parts: what they contain is what safetensors writes, and names are read from them."""

import os
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from makemore.core.errors import UserError
from makemore.corpus.parts import map_part, save_part


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("names", [1, 2, 3, 1000])
def test_file_is_that_of_safetensors(tmp_path: Path, dtype: type[np.unsignedinteger], names: int) -> None:
    tokens, lengths = np.tile(np.array([1, 2, 0], dtype), names), np.full(names, 3, np.uint16)
    save_part(tmp_path / "part", tokens, lengths)
    arrays = {"tokens": tokens, "offsets": np.arange(0, 3 * names + 1, 3, dtype=np.uint32)}
    assert (tmp_path / "part").read_bytes() == safetensors.numpy.save(arrays)
    part = map_part(tmp_path / "part")
    assert part.tokens.tolist() == tokens.tolist()
    assert part.lengths.tolist() == lengths.tolist()
    assert [part.name(number).tolist() for number in range(names)] == [[1, 2, 0]] * names


def test_a_name_of_a_file_that_has_become_shorter_is_an_error_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "part"
    save_part(path, np.tile(np.array([1, 2, 0], np.uint8), 9), np.full(9, 3, np.uint16))
    part = map_part(path)
    os.truncate(path, path.stat().st_size - 1)
    assert part.name(7).tolist() == [1, 2, 0]
    with pytest.raises(UserError, match=r"part: damaged, shorter than before; delete it and run `dvc repro`"):
        part.name(8)
