"""numpy's kernels in the stages."""

import subprocess
import sys

PROGRAM = """
import sys
from stages.__main__ import avoid_avx512
assert "numpy" not in sys.modules  # it would have read the environment already
avoid_avx512()
import numpy as np
print(*np.show_config(mode="dicts")["SIMD Extensions"]["found"])
"""


def test_stages_use_no_avx512() -> None:
    """On a CPU without AVX-512, or where it is disabled already, this cannot fail."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert [feature for feature in done.stdout.split() if feature.startswith(("X86_V4", "AVX512"))] == []
