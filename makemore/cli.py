"""The command line: repro, sample, score, compare, verify, runs, ui, sweep, heal, environment.

    makemore repro --jobs 4
    makemore sample gpt -n 5 --prefix mar
    makemore score gpt anna xqz
    makemore compare gpt lstm
    makemore verify
    makemore runs

`sample` and `score` use the trained models (artifacts/models), `compare` their losses; the other commands need neither.
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from makemore.core import determinism
from makemore.core.errors import UserError, exit_status, shown
from makemore.core.layout import CORPUS, MODELS
from makemore.core.params import Params, SampleParams, load_params, parse_section

if TYPE_CHECKING:  # importing it takes a second, and most commands need no torch
    from makemore.models.base.catalog import AnyModel


def main() -> int:
    """Runs the command line. Returns the exit status: 0, 1 if results differ, or one from `exit_status`."""
    return exit_status(_run)


def _run() -> int:
    for argument in sys.argv[1:]:
        if not argument.isascii() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise UserError(f"the argument {shown(argument)} is not UTF-8")
    arguments = _parser().parse_args()
    status: int = arguments.run(arguments)
    return status


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raises UserError with a one-line message, whatever the arguments contain."""
        printable = "".join(character if character.isprintable() else " " for character in message)
        raise UserError(f"{' '.join(printable.split())[:300]}; see `{self.prog} --help`")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="makemore", description="Train, use and check the models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    description = "Bring the pipeline up to date like `dvc repro`, with several stages at a time."
    repro = commands.add_parser("repro", help="run what changed, several stages at a time", description=description)
    repro.add_argument("stages", nargs="*", metavar="STAGE", help="bring only these and what they need up to date")
    repro.add_argument("--jobs", type=int, metavar="N", help="stages at a time (default: the number of cores)")
    repro.set_defaults(run=_repro)

    description = "Sample names. Options default to the section `sample` of params.yaml."
    sample = commands.add_parser("sample", help="sample new names", description=description)
    sample.add_argument("variant", help="a variant in params.yaml")
    sample.add_argument("-n", "--names", type=int, help="number of names")
    sample.add_argument("--seed", type=int, help="seed of the random number generator")
    sample.add_argument("--batch-size", type=int, help="names per batch; 1 samples symbols in the lectures' order")
    sample.add_argument("--temperature", type=float, help="below 1: more likely names, above 1: more unusual ones")
    sample.add_argument("--top-k", type=int, help="sample from the k most likely symbols only")
    sample.add_argument("--prefix", help="what every name starts with")
    sample.add_argument("--max-length", type=int, help="names are cut at this number of characters")
    sample.set_defaults(run=_sample)

    description = "Print the NLL of names, the most likely name first."
    score = commands.add_parser("score", help="print how likely names are", description=description)
    score.add_argument("variant", help="a variant in params.yaml")
    score.add_argument("names", nargs="+", metavar="NAME")
    score.set_defaults(run=_score)

    description = (
        "Compare two variants name by name, or the current results with those of a commit (default: HEAD~1), "
        "as Markdown. Nothing is recomputed."
    )
    compare = commands.add_parser("compare", help="which losses really differ", description=description)
    compare.add_argument("variants", nargs="*", metavar="VARIANT", help="two variants")
    compare.add_argument("-n", "--names", type=int, default=10, help="names to list on either side (default: 10)")
    compare.add_argument("--base", metavar="REV", help="a commit")
    compare.set_defaults(run=_compare)

    description = "Recompute a commit in a temporary clone with an empty cache, and compare every output."
    verify = commands.add_parser("verify", help="recompute a commit and compare", description=description)
    verify.add_argument("revision", nargs="?", default="HEAD", metavar="REV", help="a commit (default: HEAD)")
    verify.set_defaults(run=_verify)

    _add_views(commands)

    description = "Run the experiments of a sweep that have no results yet, and print all of them, the best first."
    sweep = commands.add_parser("sweep", help="run or list the experiments of a sweep", description=description)
    sweep.add_argument("name", help="its name; the experiments are called NAME-1, NAME-2, ...")
    sweep.add_argument(
        *("--set", "-S"),
        action="append",
        default=[],
        metavar="SETTINGS",
        help="values, such as variants.gpt.lr=choice(0.002,0.004), as for `dvc exp run`; without it, nothing is run",
    )
    sweep.add_argument("--jobs", type=int, help="experiments at a time (default: cores / compute.threads)")
    sweep.add_argument("--part", default="1/1", metavar="I/N", help="run only the I-th of N parts")
    sweep.add_argument("--report", type=Path, metavar="FILE", help="also write a page with charts (HTML)")
    sweep.set_defaults(run=_sweep)

    description = "Repair the files that a killed DVC can leave truncated: dvc.lock and .dvc/tmp/rwlock."
    heal = commands.add_parser("heal", help="repair dvc.lock and DVC's rwlock after a kill", description=description)
    heal.set_defaults(run=_heal)

    description = "Print the facts about this machine that can influence the results, as JSON."
    environment = commands.add_parser("environment", help="describe this machine", description=description)
    environment.set_defaults(run=_environment)
    return parser


def _add_views(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """The commands that show what MLflow has."""
    description = "Print the MLflow run of each variant's current results, with a link."
    runs = commands.add_parser("runs", help="list the MLflow run of each variant", description=description)
    runs.set_defaults(run=_runs)

    description = "Start MLflow's UI on 127.0.0.1, and print the link to its table with the columns that we compare."
    ui = commands.add_parser("ui", help="open MLflow's UI", description=description)
    ui.add_argument("--port", type=int, default=5000, help="where it listens (default: 5000)")
    ui.set_defaults(run=_ui)


def _repro(arguments: argparse.Namespace) -> int:
    from makemore.pipeline.repro import available_cores, repro

    jobs = available_cores() if arguments.jobs is None else arguments.jobs
    if jobs < 1:
        raise UserError(f"--jobs {jobs}: at least one stage must run at a time")
    return repro(arguments.stages, jobs)


def _sample(arguments: argparse.Namespace) -> int:
    params = load_params()
    given = {key: value for key, value in vars(arguments).items() if key in SampleParams.model_fields}
    given = {key: value for key, value in given.items() if value is not None}
    chosen = parse_section(SampleParams, params.sample.model_dump() | given, "makemore sample")
    model = _load_model(arguments.variant, params)
    from makemore.sampling import sample

    print("\n".join(sample(model, chosen)))
    return 0


def _score(arguments: argparse.Namespace) -> int:
    model = _load_model(arguments.variant, load_params())
    from makemore.evaluation import score

    nlls = score(model, arguments.names)
    print("nats/symbol  bits/char  name")
    for nll, name in sorted(zip(nlls, arguments.names, strict=True)):
        print(f"{nll:11.4f}  {nll / math.log(2):9.4f}  {name}")
    return 0


def _load_model(variant: str, params: Params) -> "AnyModel":
    """The model of a trained variant.

    Raises UserError if the variant has not been trained.
    """
    trained = sorted(path.name for path in MODELS.iterdir()) if MODELS.exists() else []
    if variant not in trained:
        known = f"trained variants: {', '.join(trained)}" if trained else "`dvc repro` trains all variants"
        raise UserError(f"the variant {shown(variant)} is not trained here; {known}")
    determinism.start(params.compute)
    from makemore.core.vocabulary import Vocabulary
    from makemore.models.base.catalog import load

    return load(MODELS / variant, Vocabulary.load(CORPUS) if CORPUS.exists() else None)


def _compare(arguments: argparse.Namespace) -> int:
    variants, base = arguments.variants, arguments.base
    if len(variants) not in {0, 2} or (variants and base):
        raise UserError("compare: name two variants, or a commit with --base; see `makemore compare --help`")
    params = load_params()
    if variants:
        from makemore.comparing.pair import compare_pair

        first, second = variants
        print(compare_pair(first, second, max(0, arguments.names)))
    else:
        from makemore.comparing.base import compare_base

        print(compare_base(base or "HEAD~1", params))
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    from makemore.verification.verify import verify

    return verify(arguments.revision)


def _runs(_: argparse.Namespace) -> int:
    params = load_params()
    from makemore.tracking.views.runs import runs

    print(runs(params))
    return 0


def _ui(arguments: argparse.Namespace) -> int:
    params = load_params()
    from makemore.tracking.views.ui import ui

    ui(params, arguments.port)
    return 0


def _sweep(arguments: argparse.Namespace) -> int:
    params = load_params()
    from makemore.sweeps.command import run_sweep, show_sweep

    if not arguments.set:
        show_sweep(arguments.name, arguments.report)
        return 0
    from makemore.pipeline.repro import available_cores

    jobs = available_cores() // params.compute.threads if arguments.jobs is None else arguments.jobs
    return run_sweep(arguments.name, arguments.set, max(1, jobs), arguments.part, arguments.report)


def _heal(_: argparse.Namespace) -> int:
    from makemore.healing import heal

    heal()
    return 0


def _environment(_: argparse.Namespace) -> int:
    from makemore.verification.environment import environment

    print(json.dumps(environment(), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
