"""Freed memory is reused, and not given back to the system."""

import os
import platform
import subprocess
import sys

import pytest

# Prints the pages that this process got from the system while it computes with 8 MB, again and again.
PAGES = """
import resource
import numpy as np
from makemore.core.memory import keep_freed_memory
keep_freed_memory()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.arange(10**6).astype(np.float64)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="malloc is not glibc's")
def test_freed_memory_is_reused() -> None:
    # Dask, in another test of this process, leaves MALLOC_TRIM_THRESHOLD_, with which glibc adapts no threshold.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    command = [sys.executable, "-c", PAGES]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 4_000, "without it, there are 26,000, if pages have 4 KB"
