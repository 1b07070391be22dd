"""What torch and numpy are told before they compute.

In exact arithmetic, results depend on nothing but the parameters (makemore/arithmetic). Native arithmetic uses torch's
own kernels: the same bytes on the same kind of machine, with the same version of torch and number of threads.

Seeds are not set here: each is a parameter of the thing it seeds.
"""

import os

from makemore.core.params import ComputeParams


def avoid_avx512() -> None:
    """Makes numpy sort with AVX2. Call it before anything imports numpy.

    numpy sorts with AVX-512 where the CPU has it, which is four times slower than with AVX2 on AMD's Zen 4, because
    that CPU executes compress-store in microcode (https://github.com/numpy/x86-simd-sort/issues/6). Sorting hashes is
    a third of the work of the stage prepare there.
    """
    os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR")


def set_environment() -> None:
    """Sets the variables that torch reads when it is imported."""
    # Threads that wait sleep. By default they spin, which takes the cores from other processes (docs/scaling.md).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # cuBLAS must not choose its algorithm by the memory that happens to be free.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


def configure(compute: ComputeParams) -> None:
    """Imports torch, chooses the arithmetic, and makes torch refuse kernels whose result depends on their order."""
    set_environment()
    import torch  # not at the top: it reads the environment

    from makemore.arithmetic import functional

    functional.use(compute.arithmetic)
    torch.set_autocast_enabled("cuda", compute.bfloat16)
    torch.set_autocast_cache_enabled(False)  # it is never emptied if autocast is on for the whole process
    torch.set_deterministic_debug_mode("error")  # like use_deterministic_algorithms(True), but skips torch._dynamo
    # Every new tensor would first be filled with NaN, which takes up to a third of a training step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
