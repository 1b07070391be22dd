"""data check, and the options that say how a file of names is read."""

import argparse
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makemore.cli.console import show_json
from makemore.cli.folder import STDIN, as_typed, names_in
from makemore.cli.parser import Arguments, Commands, add_command, add_json, with_commands

if TYPE_CHECKING:
    from makemore.project.data_check import DataCheck

_CHARACTERS_SHOWN = 60


def add_commands(commands: Commands) -> None:
    """Adds them."""
    data = commands.add_parser("data", help="look at a file of names", description="Look at a file of names.")
    check = add_command(
        with_commands(data),
        "check",
        _data_check,
        summary="would it work, and with which parameters?",
        description=(
            "Say what a file of names contains, whether it would work, and which parameters suit it.\nChanges nothing."
        ),
        examples=[
            "makemore data check mine.txt",
            "makemore data check people.csv --column name --weight count",
            "sort mine.txt theirs.txt | makemore data check -",
        ],
    )
    check.add_argument("file", type=Path, metavar="FILE", help="a file or folder of names, also compressed; -: stdin")
    add_file_options(check)
    add_json(check)


def _data_check(arguments: Arguments) -> int:
    from makemore.project.data_check import check_data

    options = file_options(arguments)
    with names_in(arguments.file) as file:
        found = check_data(file, **options)
    if arguments.file == STDIN:
        del found.changes["data.path"]
    if arguments.json:
        show_json(vars(found))
        return 0
    print_data_check(found)
    given = "".join(f" {each}" for each in typed_options(options))
    print(f"\ntry it: makemore repro --data {shlex.quote(as_typed(arguments.file, arguments))}{given}")
    return 0


def add_file_options(parser: argparse.ArgumentParser, of: str = "") -> None:
    """Adds the options that say how a file of names is read; `of` is the start of their help."""
    parser.add_argument(
        "--column", metavar="COLUMN", help=f"{of}of a table: the name or number of the column with names"
    )
    parser.add_argument(
        "--weight", metavar="COLUMN", help=f"{of}of a table: the column that says how often each name counts"
    )
    parser.add_argument("--max-length", type=int, metavar="N", help=f"{of}the most characters of a name")
    parser.add_argument(
        "--skip-bad", action="store_true", help=f"{of}leave out lines that cannot be names, and count them"
    )


def file_options(arguments: Arguments) -> dict[str, Any]:
    """Those of these options that are given, as arguments of `check_data`."""
    given = {key: getattr(arguments, key) for key in ("column", "weight", "max_length", "skip_bad")}
    return {key: value for key, value in given.items() if value is not None and value is not False}


def typed_options(options: dict[str, Any]) -> list[str]:
    """`options` as on a command line."""
    named = {f"--{key.replace('_', '-')}": value for key, value in options.items()}
    return [option if value is True else f"{option} {shlex.quote(str(value))}" for option, value in named.items()]


def print_data_check(found: "DataCheck") -> None:
    """Prints what a file of names contains, and the parameters that suit it."""
    from makemore.report.symbols import visible

    shown = [visible(character) for character in [*found.characters][:_CHARACTERS_SHOWN]]
    listed = "".join(f"<{each}>" if each.startswith("U+") else each for each in shown)
    more = "..." if len(found.characters) > _CHARACTERS_SHOWN else ""
    print(f"names       {found.names:,}, {found.distinct:,} distinct")
    if found.skipped:
        print(f"bad lines   {found.skipped:,} left out")
    print(f"length      {found.mean_length:.1f} characters on average, at most {found.longest:,}")
    print(f"characters  {len(found.characters):,}, the most frequent first: {listed}{more}")
    print(f"splits      {', '.join(f'{count:,} {split}' for split, count in found.splits.items())}")
    for key, value in found.changes.items():
        print(f"parameter   {key}: {'null' if value is None else value}")
    for variant, reason in found.refused.items():
        print(f"left out    {variant}: {reason}")
    for note in found.notes:
        print(f"note        {note}")
