"""The files of parts: what they contain is what safetensors writes."""

from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from makemore.core.parts import map_part, save_part


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
