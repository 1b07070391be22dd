"""Runs the command line."""

import sys

from makemore.cli import compare, data, machine, models, pipeline, variants
from makemore.cli.parser import Parser
from makemore.core.errors import UserError, exit_status, shown

_EPILOG = """\
exit status:
  0    done
  1    done, but results differ (verify), an experiment failed (sweep), or something is amiss (doctor)
  2    bad input, or an error of the system such as a full disk: one line on stderr says which
  130  interrupted by Ctrl-C; 141: the reader of the output went away

docs/cli.md shows every command with its output.
"""


def main() -> int:
    """Runs the command line. Returns the exit status: 0, 1 if results differ, or one from `exit_status`."""
    return exit_status(_run)


def _run() -> int:
    for argument in sys.argv[1:]:
        if not argument.isascii() and any("\ud800" <= character <= "\udfff" for character in argument):
            raise UserError(f"the argument {shown(argument)} is not UTF-8")
    arguments = _parser().parse_args()
    try:
        status: int = arguments.run(arguments)
    except UnicodeEncodeError as error:
        raise UserError(f"the output has characters that {error.encoding} lacks; set PYTHONUTF8=1") from None
    return status


def _parser() -> Parser:
    parser = Parser(prog="makemore", description="Train, use and check models of names.", epilog=_EPILOG)
    parser.set_defaults(parser=parser)  # for the script that completes commands
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (pipeline, models, variants, data, compare, machine):
        group.add_commands(commands)
    return parser
