"""The parser of the command line: argparse, with examples in the help and errors in one line."""

import argparse
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from makemore.core.errors import UserError, did_you_mean, shown

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
        if self._intermixed:  # `parse_known_intermixed_args` calls this method
            return super().parse_known_args(args, namespace)
        self._intermixed = True
        try:
            parse = super().parse_known_args if self._subparsers else self.parse_known_intermixed_args
            found, unknown = parse(args, namespace)
        finally:
            self._intermixed = False
        if unknown:  # here and not at the end, because this command knows its options
            option = unknown[0].partition("=")[0]
            self.error(
                f"unrecognized arguments: {' '.join(unknown)}", did_you_mean(option, self._option_string_actions)
            )
        return found, unknown

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            kind = str(action.metavar or action.dest).lower()
            self.error(f"there is no {kind} {shown(value)}", did_you_mean(value, action.choices))

    def error(self, message: str, hint: str = "") -> NoReturn:
        """Raises UserError with a one-line message, whatever the arguments contain."""
        printable = "".join(character if character.isprintable() else " " for character in message)
        raise UserError(f"{' '.join(printable.split())[:300]}; {hint}see `{self.prog} --help`")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def with_commands(parser: Parser) -> Commands:
    """Lets `parser` take commands. Without one, it prints its help."""

    def show_help(_: Arguments) -> int:
        parser.print_help()
        return 0

    parser.set_defaults(run=show_help, in_project=False)
    return parser.add_subparsers(metavar="COMMAND")


def add_command(
    commands: Commands,
    name: str,
    run: Run,
    *,
    summary: str,
    description: str,
    examples: list[str],
    in_project: bool = True,
) -> Parser:
    """Adds a command that calls `run`.

    summary: what it does, for the list of commands
    description: the same in sentences, for its own help
    examples: command lines that people type
    in_project: whether it works in the root of the project; its paths are arguments of the type Path
    """
    lines = "".join(f"\n  {example}" for example in examples)
    parser = commands.add_parser(name, help=summary, description=description, epilog=f"examples:{lines}")
    parser.set_defaults(run=run, in_project=in_project)
    return parser


def add_json(parser: Parser) -> None:
    """Adds --json."""
    parser.add_argument("--json", action="store_true", help="print JSON")
