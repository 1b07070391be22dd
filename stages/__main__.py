"""Runs one stage: `python -m stages NAME [VARIANT]`.

It does what all stages have in common: read the parameters, start torch, and report errors as one line.
"""

import argparse
import importlib
import sys

from makemore.core import determinism
from makemore.core.errors import Interrupted, UserError
from makemore.core.memory import limit_memory, out_of_memory
from makemore.core.params import load_params

STAGES = ("check", "prepare", "estimate", "train", "evaluate", "sample", "prune", "report", "track")
VARIANT_STAGES = ("train", "evaluate", "sample")
STAGES_WITHOUT_TORCH = ("prune", "track")  # importing torch takes longer than either of them


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m stages", description="Run one stage of the pipeline (dvc.yaml).")
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("variant", nargs="?", help=f"a variant in params.yaml, for {', '.join(VARIANT_STAGES)}")
    arguments = parser.parse_args()
    if (arguments.stage in VARIANT_STAGES) != (arguments.variant is not None):
        parser.error(f"{arguments.stage} takes {'a' if arguments.variant is None else 'no'} variant")
    try:
        _run(arguments.stage, arguments.variant)
    except UserError as error:
        print("\n".join(f"error: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 2
    except (MemoryError, RuntimeError) as error:
        line = out_of_memory(error)
        if line is None:
            raise
        print(f"error: {' '.join(filter(None, (arguments.stage, arguments.variant)))}: {line}", file=sys.stderr)
        return 2
    except (Interrupted, KeyboardInterrupt) as interruption:
        print(f"interrupted: {interruption or '`dvc repro` resumes from here'}", file=sys.stderr)
        return 130
    return 0


def _run(stage: str, variant: str | None) -> None:
    params = load_params()
    if variant is not None and variant not in params.variants:
        raise UserError(f"params.yaml: variants: there is no {variant!r}; there are {', '.join(params.variants)}")
    if stage not in STAGES_WITHOUT_TORCH:
        determinism.start(params.compute)
    module = importlib.import_module(f"stages.{stage}")
    module.run(params) if variant is None else module.run(params, variant)


if __name__ == "__main__":
    limit_memory()
    sys.exit(main())
