"""The parser of the command line: argparse, with examples in the help and errors in one line."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from makemore.core.errors import UserError

Arguments: TypeAlias = argparse.Namespace
Run: TypeAlias = Callable[[Arguments], int]  # a command: returns the exit status


def _formatter(prog: str) -> argparse.HelpFormatter:
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=30)  # wide enough for our commands


class Parser(argparse.ArgumentParser):
    """A parser that raises UserError for bad arguments, and keeps the lines of its description and examples."""

    def __init__(self, **options: Any) -> None:
        super().__init__(formatter_class=_formatter, **options)
        self._intermixed = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Like argparse's, but a command takes options between its other arguments: score gpt --by-symbol anna."""
        if self._intermixed or self._subparsers:
            return super().parse_known_args(args, namespace)
        self._intermixed = True  # `parse_known_intermixed_args` calls this method
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._intermixed = False

    def error(self, message: str) -> NoReturn:
        """Raises UserError with a one-line message, whatever the arguments contain."""
        printable = "".join(character if character.isprintable() else " " for character in message)
        raise UserError(f"{' '.join(printable.split())[:300]}; see `{self.prog} --help`")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def add_command(
    commands: Commands, name: str, run: Run, *, summary: str, description: str, examples: list[str]
) -> Parser:
    """Adds a command that calls `run`.

    summary: what it does, for the list of commands
    description: the same in sentences, for its own help
    examples: command lines that people type
    """
    lines = "".join(f"\n  {example}" for example in examples)
    parser = commands.add_parser(name, help=summary, description=description, epilog=f"examples:{lines}")
    parser.set_defaults(run=run)
    return parser


def add_json(parser: Parser) -> None:
    """Adds --json."""
    parser.add_argument("--json", action="store_true", help="print JSON")
