"""The commands that run the pipeline or look after it: init, repro, verify, sweep."""

import shlex
from pathlib import Path
from typing import Any

from makemore.cli.data import add_file_options, file_options
from makemore.cli.folder import STDIN, kept_stdin
from makemore.cli.parser import Arguments, Commands, add_command, add_json
from makemore.core.errors import UserError


def add_commands(commands: Commands) -> None:
    """Adds them."""
    init = add_command(
        commands,
        "init",
        _init,
        summary="write a new project to a folder",
        description="Write a new project, for your own data, that uses the installed package (docs/own-project.md).",
        examples=["makemore init shop && cd shop && make repro"],
        in_project=False,
    )
    init.add_argument("folder", type=Path, metavar="FOLDER", help="a folder that does not exist or is empty")

    repro = add_command(
        commands,
        "repro",
        _repro,
        summary="run what changed, several stages at a time",
        description="Bring the pipeline up to date like `dvc repro`, with several stages at a time.",
        examples=[
            "makemore repro",
            "makemore repro --jobs 8",
            "makemore repro evaluate@gpt",
            "makemore repro --data mine.txt",
            "sort mine.txt theirs.txt | makemore repro --data -",
        ],
    )
    repro.add_argument("stages", nargs="*", metavar="STAGE", help="bring only these and what they need up to date")
    repro.add_argument("--jobs", type=int, metavar="N", help="stages at a time (default: one per core)")
    repro.add_argument(
        "--keep-going", action="store_true", help="if a stage fails, still run those that do not need its outputs"
    )
    repro.add_argument(
        "--data",
        type=Path,
        metavar="FILE",
        help="run all of it on your own names (-: stdin), with parameters that suit them, as an experiment of DVC",
    )
    add_file_options(repro, of="with --data: ")

    verify = add_command(
        commands,
        "verify",
        _verify,
        summary="recompute a commit and compare",
        description="Recompute a commit in a temporary clone with an empty cache, and compare every output.",
        examples=["makemore verify", "makemore verify v1.0 --attest v1.0.json", "makemore verify --check v1.0.json"],
    )
    verify.add_argument("revision", nargs="?", metavar="REV", help="a commit (default: HEAD)")
    file = verify.add_mutually_exclusive_group()
    file.add_argument("--attest", type=Path, metavar="FILE", help="also write what was found, as an in-toto statement")
    file.add_argument("--check", type=Path, metavar="FILE", help="check such a statement, and recompute nothing")

    sweep = add_command(
        commands,
        "sweep",
        _sweep,
        summary="compare values of the parameters of variants",
        description="Run the pipeline with a variant for each combination of values, and print which is the best.",
        examples=[
            "makemore sweep rate -S 'variants.gpt.lr=choice(0.002,0.004)'",
            "makemore sweep rate",
        ],
    )
    sweep.add_argument("name", help="its name; the results become the DVC experiment of that name")
    sweep.add_argument(
        *("--set", "-S"),
        action="append",
        default=[],
        metavar="SETTINGS",
        help="values, such as variants.gpt.lr=choice(0.002,0.004); without it, nothing runs: the table is shown again",
    )
    sweep.add_argument("--jobs", type=int, metavar="N", help="stages at a time (default: one per core)")
    add_json(sweep)


def _init(arguments: Arguments) -> int:
    from makemore.project.init import init

    init(arguments.folder)
    print(f"{arguments.folder}: a new project; next: cd {shlex.quote(str(arguments.folder))} && make repro")
    return 0


def _repro(arguments: Arguments) -> int:
    from makemore.pipeline.repro import repro

    jobs = _jobs(arguments)
    if arguments.data is None:
        for option in file_options(arguments):
            raise UserError(f"--{option.replace('_', '-')} needs --data")
        return repro(arguments.stages, jobs, arguments.keep_going)
    if arguments.stages or arguments.keep_going:
        raise UserError("--data runs the whole pipeline; leave out the stages and --keep-going")
    return _repro_of(arguments.data, file_options(arguments), jobs)


def _jobs(arguments: Arguments) -> int:
    from makemore.core.cores import available_cores

    jobs: int = available_cores() if arguments.jobs is None else arguments.jobs
    if jobs < 1:
        raise UserError(f"--jobs {jobs}: at least one stage must run at a time")
    return jobs


def _repro_of(data: Path, options: dict[str, Any], jobs: int) -> int:
    """The pipeline on the names in `data`."""
    from makemore.api import check_data
    from makemore.cli.data import print_data_check
    from makemore.experiments.own_data import path_in_clone, run_on_own_data
    from makemore.pipeline.project import check_folder

    check_folder()
    data = kept_stdin() if data == STDIN else data
    found = check_data(path_in_clone(data), **options)
    print_data_check(found)
    print(flush=True)
    return run_on_own_data(data, found.changes, found.refused, jobs)


def _verify(arguments: Arguments) -> int:
    from makemore.verification.check import check
    from makemore.verification.verify import verify

    if arguments.check:
        return check(arguments.check, arguments.revision)
    return verify(arguments.revision or "HEAD", arguments.attest)


def _sweep(arguments: Arguments) -> int:
    from makemore.experiments.sweep import run_sweep, show_sweep

    if arguments.set:
        return run_sweep(arguments.name, arguments.set, _jobs(arguments), arguments.json)
    show_sweep(arguments.name, arguments.json)
    return 0
