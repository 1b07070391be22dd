"""The environment in which torch computes the same bytes on every x86-64 CPU.

Floating point addition is not associative, so a kernel's result depends on how it groups its sums: on the vector width
it was written for, on the number of threads, and on what the library picks for the CPU it finds. Each setting below
takes one of these choices away from the machine. `set_environment` must run before torch is imported, because the
libraries read the variables when they load; `set_threads` after. Every stage goes through both (stages/__main__.py),
and so do the command line and the tests. Seeds are parameters of what they seed.

What it costs: `make bench` measured a training step of the default GPT at 1.4 times native's (22.7 against 16.4 ms),
and 1.5 times with MKL_CBWR alone. The other settings cost nothing that could be told from noise (0.94 to 0.98).
"""

import os
import sys

from makemore.errors import UserError
from makemore.params import ComputeParams

PORTABLE = {
    "ATEN_CPU_CAPABILITY": "avx2",  # torch's own vectorised kernels: 256 bits wide, also where the CPU has 512
    "ONEDNN_MAX_CPU_ISA": "AVX2",  # oneDNN's just-in-time kernels: likewise
    "MKL_CBWR": "COMPATIBLE",  # MKL's matrix products: the code path that every x86-64 CPU has, Intel or AMD
    "MKL_DYNAMIC": "FALSE",  # MKL uses the number of threads it is told, not one it likes better
}


def set_environment(compute: ComputeParams) -> None:
    """Sets the environment variables of `compute.determinism`.

    Raises UserError if torch is loaded already, since it would not see them.
    """
    if "torch" in sys.modules:
        raise UserError("torch was imported before its environment was set; import makemore.determinism first")
    if compute.determinism == "portable":
        os.environ.update(PORTABLE)


def set_threads(compute: ComputeParams) -> None:
    """Fixes torch's number of threads and refuses kernels whose result depends on their order.

    Raises UserError if this torch is not the version that `compute.torch` names.
    """
    import torch  # here, not above: this module is imported before torch may be

    version = torch.__version__.split("+")[0]  # the rest names the build: +cpu, +cu130
    if version != compute.torch:
        raise UserError(
            f"params.yaml: compute.torch: is {compute.torch}, but torch {version} is installed; "
            f"install requirements.lock, or set it to {version} for results of your own"
        )
    torch.set_num_threads(compute.threads)
    torch.set_deterministic_debug_mode("error")  # use_deterministic_algorithms(True), without importing torch._dynamo
