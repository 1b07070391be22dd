"""Which of numpy's kernels this process uses."""

import os


def avoid_avx512() -> None:
    """Makes numpy use AVX2, like torch in portable mode. Call it before numpy is imported, which reads the environment.

    numpy sorts with AVX-512 where the CPU has it, which is four times slower than with AVX2 on AMD's Zen 4, because
    that CPU executes compress-store in microcode (https://github.com/numpy/x86-simd-sort/issues/6). Sorting hashes is
    a third of the work of the stage prepare there.
    """
    os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR")
