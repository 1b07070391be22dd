"""An emulated ARM CPU, with another version of torch, computes the same bytes; tests/nightly has all variants."""

import sys
from pathlib import Path

from tests.arm.machines import check_same, computed, emulated_python

VARIANTS = ("ngram", "lstm", "gpt-modern")


def test_arm_computes_the_same_bytes(tmp_path: Path) -> None:
    found = computed(tmp_path / "arm", emulated_python(), variants=VARIANTS, OMP_NUM_THREADS="2")
    assert found["machine"] == "aarch64"
    here = computed(tmp_path / "here", sys.executable, variants=VARIANTS)
    assert found["torch"] != here["torch"]
    check_same(here, found)
