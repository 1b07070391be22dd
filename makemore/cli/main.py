"""Runs the command line."""

import argparse
import sys
from typing import Any

import makemore
from makemore.cli import compare, data, machine, models, pipeline, score, variants
from makemore.cli.folder import enter_project
from makemore.cli.parser import Parser, with_commands
from makemore.core.errors import UserError, exit_status, shown
from makemore.core.memory import permanent_objects

_EPILOG = """\
exit status:
  0    done
  1    done, but results differ (verify), a variant failed (sweep), a name cannot be scored (score), or doctor
       found a problem
  2    bad input, or an error of the system such as a full disk: one line on stderr says which
  130  interrupted by Ctrl-C; 141: the reader of the output went away

docs/cli.md shows every command with its output.
"""


def main() -> int:
    """Runs the command line. Returns the exit status: 0, 1 if results differ, or one from `exit_status`."""
    with permanent_objects():  # commands import what they need when they run, and most of them end soon
        return exit_status(_run)


def _run() -> int:
    for argument in sys.argv[1:]:
        if not argument.isascii() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise UserError(f"the argument {shown(argument)} is not UTF-8")
    arguments = _parser().parse_args()
    enter_project(arguments)
    try:
        status: int = arguments.run(arguments)
    except UnicodeEncodeError as error:
        raise UserError(f"the output has characters that {error.encoding} lacks; set PYTHONUTF8=1") from None
    return status


class _Version(argparse.Action):
    """argparse's own action wants the version before anybody asks for it, and finding it takes time."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        print(f"{parser.prog} {makemore.__version__}")
        parser.exit()


def _parser() -> Parser:
    parser = Parser(prog="makemore", description="Train, use and check models of names.", epilog=_EPILOG)
    parser.set_defaults(parser=parser)  # for the script that completes commands
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    commands = with_commands(parser)
    for group in (pipeline, models, score, variants, data, compare, machine):
        group.add_commands(commands)
    return parser
