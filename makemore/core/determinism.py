"""Makes torch compute the same bytes on every x86-64 CPU, and the same bytes on every GPU of one model.

Floating-point addition is not associative, so a result depends on how a kernel groups its sums: on its vector width, on
the number of threads, and on the code path that a library picks for the CPU. Each setting below fixes one of these
choices. The libraries read the environment variables when they load, so `start` sets them before it imports torch.

Seeds are not set here: each is a parameter of the thing it seeds. docs/reproducibility.md has the measured cost.
"""

import os
import sys

from makemore.core.errors import UserError
from makemore.core.params import ComputeParams

PORTABLE = {
    "ATEN_CPU_CAPABILITY": "avx2",  # torch's vectorised kernels: 256 bits wide, even if the CPU supports 512
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # the same for oneDNN's just-in-time kernels
    "MKL_CBWR": "COMPATIBLE",  # MKL's matrix products: the code path that runs on every x86-64 CPU, Intel or AMD
    "MKL_DYNAMIC": "FALSE",  # MKL uses exactly the number of threads it is told
}


def avoid_avx512() -> None:
    """Makes numpy use AVX2, as torch does in portable mode. Call it before anything imports numpy.

    numpy sorts with AVX-512 where the CPU has it, which is four times slower than with AVX2 on AMD's Zen 4, because
    that CPU executes compress-store in microcode (https://github.com/numpy/x86-simd-sort/issues/6). Sorting hashes is
    a third of the work of the stage prepare there.
    """
    os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR")


def start(compute: ComputeParams) -> None:
    """Imports torch with the settings in `compute`. Call it before anything else imports torch.

    Raises UserError if torch is already imported, or is not the version that `compute.torch` names.
    """
    if "torch" in sys.modules:
        raise UserError("torch was imported too early; call makemore.core.determinism.start before importing it")
    ensure(compute)


def ensure(compute: ComputeParams) -> None:
    """`start`, or only `configure_torch` if this process has imported torch already, such as a notebook or a server.

    Raises UserError if torch is not the version that `compute.torch` names.
    """
    set_environment(compute.determinism)
    configure_torch(compute)


def set_environment(mode: str) -> None:
    """Sets the variables that torch reads when it is imported; nothing if it is too late. mode: portable or native."""
    if "torch" in sys.modules:
        return
    # Threads that wait sleep. By default they spin, which takes the cores from other processes (docs/scaling.md).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # cuBLAS must not choose its algorithm by the memory that happens to be free.
    os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    if mode == "portable":
        os.environ.update(PORTABLE)


def configure_torch(compute: ComputeParams) -> None:
    """Fixes torch's number of threads and precision, and makes it refuse kernels whose result depends on their order.

    Raises UserError if torch is not the version that `compute.torch` names.
    """
    import torch  # not at the top: `start` sets the environment first

    version = torch.__version__.split("+")[0]  # what follows names the build: +cpu, +cu130
    if version != compute.torch:
        raise UserError(
            f"params.yaml: compute.torch: is {compute.torch}, but torch {version} is installed; "
            f"install requirements.lock, or set compute.torch to {version} to get your own results"
        )
    torch.set_num_threads(compute.threads)
    torch.set_autocast_enabled("cuda", compute.bfloat16)
    torch.set_autocast_cache_enabled(False)  # it is never emptied if autocast is on for the whole process
    torch.set_deterministic_debug_mode("error")  # like use_deterministic_algorithms(True), but skips torch._dynamo
