"""numpy's kernels in the stages."""

import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
import contextlib, runpy, sys
sys.argv = ["stages", "--help"]
with contextlib.redirect_stdout(None), contextlib.suppress(SystemExit):
    runpy.run_module("stages", run_name="__main__")
assert "numpy" not in sys.modules  # it would have read the environment before the stage could set it
import numpy as np
print(*np.show_config(mode="dicts")["SIMD Extensions"]["found"])
"""


def test_stages_use_no_avx512() -> None:
    """On a CPU without AVX-512, or where it is disabled already, this cannot fail."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    assert [feature for feature in done.stdout.split() if feature.startswith(("X86_V4", "AVX512"))] == []
