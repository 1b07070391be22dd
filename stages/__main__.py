"""Runs one stage: `python -m stages NAME [VARIANT]`.

It does what all stages have in common: it reads the parameters, starts torch, and reports errors as one line.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Collection

from makemore.core import determinism, members
from makemore.core.errors import UserError, did_you_mean, exit_status, shown
from makemore.core.memory import limit_memory, permanent_objects
from makemore.core.params import load_params

VARIANT_STAGES = (*members.STAGES.values(), "evaluate", "sample")
STAGES = ("check", "prepare", *VARIANT_STAGES, "tidy", "prune", "report", "track")
STAGES_WITHOUT_TORCH = ("prepare", "tidy", "prune", "track")  # importing torch takes longer than these stages


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m stages", description="Run one stage of the pipeline (dvc.yaml).")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("variant", nargs="?", help=f"a variant in params.yaml, for {', '.join(VARIANT_STAGES)}")
    arguments = parser.parse_args()
    if (arguments.stage in VARIANT_STAGES) != (arguments.variant is not None):
        parser.error(f"{arguments.stage} takes {'a' if arguments.variant is None else 'no'} variant")
    name = " ".join(filter(None, (arguments.stage, arguments.variant)))
    return exit_status(lambda: _run(arguments.stage, arguments.variant), name)


def _run(stage: str, variant: str | None) -> int:
    params = load_params()
    sections: dict[str, Collection[str]] = {made_by: getattr(params, name) for name, made_by in members.STAGES.items()}
    of_stage = sections.get(stage, params.all_variants)
    if variant is not None and variant not in of_stage:
        hint = did_you_mean(variant, of_stage)
        raise UserError(f"params.yaml: unknown variant {shown(variant)}; {hint}choose from {', '.join(of_stage)}")
    with permanent_objects():
        if stage not in STAGES_WITHOUT_TORCH:
            os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")  # its warnings about connections have stack traces
            determinism.configure(params.compute)
        module = importlib.import_module(f"stages.{stage}")
    if variant is None:
        module.run(params)
    else:
        module.run(params, variant)
    return 0


def keep_docstrings() -> None:
    """Starts this command again if Python drops docstrings (PYTHONOPTIMIZE=2): altair cannot be imported without."""
    if sys.flags.optimize > 1:
        os.environ.pop("PYTHONOPTIMIZE", None)
        os.execv(sys.executable, [sys.executable, "-m", "stages", *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    keep_docstrings()
    limit_memory()
    determinism.avoid_avx512()
    sys.exit(main())
