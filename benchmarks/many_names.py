"""Writes a file of made-up names of any size: `python -m benchmarks.many_names MEGABYTES PATH`.

A name is the first half of a name of the embedded corpus and the second half of another one, so the file has their
letters and lengths, and most of 70 million possible names. One name in ten has a half in another script or with
accents. The same size gives the same file, and a larger file starts with a smaller one.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.harness import ROOT

NAMES_PER_BLOCK = 2**17
SHARE_OF_OTHERS = 0.1
LATIN = "abcdefghijklmnopqrstuvwxyz"
OTHERS = (  # a letter for each letter of LATIN
    "ábçđéfğhíjķłmñóþqřšťúvẃxýž",
    "абкдефгхийжлмнопщрстувшцыз",
    "αβξδεφγηιϊκλμνοπψρστυςωχύζ",
    "安博岑丹娥芳高海一杰凯李美娜欧佩琪瑞莎婷雨薇文霞英子",
)


def write_names(path: Path, megabytes: float) -> None:
    """Writes about this many megabytes (of 1,000,000 bytes) of names to `path`."""
    embedded = (ROOT / "datasets/names.txt").read_text(encoding="utf-8").split()
    firsts, seconds = [name[: len(name) // 2] for name in embedded], [name[len(name) // 2 :] for name in embedded]
    others = [half.translate(str.maketrans(LATIN, script)) for script in OTHERS for half in firsts]
    starts, ends = [*firsts, *others], [f"{half}\n" for half in seconds]
    generator = np.random.default_rng(1)
    written = 0
    with path.open("wb") as file:
        while written < megabytes * 1_000_000:
            is_other = generator.random(NAMES_PER_BLOCK) < SHARE_OF_OTHERS
            first = np.where(
                is_other,
                len(firsts) + generator.integers(len(others), size=NAMES_PER_BLOCK),
                generator.integers(len(firsts), size=NAMES_PER_BLOCK),
            )
            second = generator.integers(len(seconds), size=NAMES_PER_BLOCK)
            names = pc.binary_join_element_wise(pa.array(starts).take(first), pa.array(ends).take(second), "")
            written += file.write(memoryview(names.buffers()[2]))


if __name__ == "__main__":
    write_names(Path(sys.argv[2]), float(sys.argv[1]))
