"""The command `score`: how likely names are. A name that cannot be scored gets a row that says why."""

import csv
import math
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from makemore.cli.console import show, show_json
from makemore.cli.folder import STDIN
from makemore.cli.loading import add_model, load_model
from makemore.cli.parser import Arguments, Commands, add_command, add_json
from makemore.core.errors import UserError

if TYPE_CHECKING:
    from rich.text import Text


class _Row(NamedTuple):
    """A name.

    nll: nats per symbol; None if it cannot be scored
    costs: nats of each symbol, with --by-symbol
    reason: why it cannot be scored, or ""
    """

    name: str
    nll: float | None
    costs: list[float]
    reason: str

    def as_json(self, vocabulary: list[str]) -> dict[str, Any]:
        row: dict[str, Any] = {"name": self.name, "nats_per_symbol": self.nll, "bits_per_char": _bits(self.nll)}
        if self.costs:
            pairs = zip(_symbols(self.name, vocabulary), self.costs, strict=True)
            row["symbols"] = [{"symbol": symbol, "nats": cost} for symbol, cost in pairs]
        return row | ({"reason": self.reason} if self.reason else {})


def add_commands(commands: Commands) -> None:
    """Adds it."""
    score = add_command(
        commands,
        "score",
        _score,
        summary="print how likely names are",
        description=(
            "Print the NLL of names, the most likely first: nats per symbol, and bits per character.\n"
            "Names that cannot be scored come last, with the reason; the exit status is then 1."
        ),
        examples=[
            "makemore score gpt anna xqz",
            "makemore score gpt --by-symbol anna",
            "makemore score gpt --file names.txt.gz --keep-order --tsv",
            "makemore sample gpt | makemore score gpt-modern --json",
        ],
    )
    add_model(score)
    score.add_argument("names", nargs="*", metavar="NAME", help="names; without any, they are read from stdin")
    score.add_argument("--file", type=Path, metavar="FILE", help="read the names from a file, one per line; -: stdin")
    score.add_argument("--by-symbol", action="store_true", help="what each symbol costs, in nats")
    score.add_argument("--keep-order", action="store_true", help="print the names in the order in which they are given")
    score.add_argument("--tsv", action="store_true", help="print a table with tabs")
    add_json(score)


def _score(arguments: Arguments) -> int:
    if arguments.tsv and (arguments.json or arguments.by_symbol):
        raise UserError("score: --tsv goes with neither --json nor --by-symbol; see `makemore score --help`")
    given = _given(arguments)
    vocabulary, rows = _scored(given, arguments)
    if not arguments.keep_order:  # names that cannot be scored stay in their order
        rows.sort(key=lambda row: (1, 0, "") if row.nll is None else (0, row.nll, row.name))
    if arguments.json:
        show_json([row.as_json(vocabulary) for row in rows])
    elif arguments.tsv:
        writer = csv.writer(sys.stdout, "excel-tab", lineterminator="\n")
        writer.writerow(["nats_per_symbol", "bits_per_char", "name", "reason"])
        writer.writerows([row.nll, _bits(row.nll), row.name, row.reason] for row in rows)
    else:
        _print(rows, vocabulary)
    failed = [row for row in rows if row.nll is None]
    if failed:
        sys.stdout.flush()  # a file that takes both streams has the table first
        print(f"{len(failed):,} of {len(rows):,} names cannot be scored; their rows say why", file=sys.stderr)
    return 1 if failed else 0


def _scored(given: list[tuple[str, str, str]], arguments: Arguments) -> tuple[list[str], list[_Row]]:
    """The symbols of the model, and a row for each name that `_given` has found, in order."""
    model = load_model(arguments)
    from makemore.evaluation import score, score_list, score_symbols

    readable = [name for name, _, problem in given if not problem]
    of: Callable[..., list[Any]] = score_symbols if arguments.by_symbol else score
    found = iter(score_list(model.module, readable, of))
    rows: list[_Row] = []
    for name, place, problem in given:
        value, reason = (None, problem) if problem else next(found)
        costs = value if isinstance(value, list) else []
        nll = sum(costs) / len(costs) if isinstance(value, list) else value
        rows.append(_Row(name, nll, costs, place + reason if reason else ""))
    return model.vocabulary, rows


def _given(arguments: Arguments) -> list[tuple[str, str, str]]:
    """The names to score, from the command line, a file, or stdin: name, place for messages, why it cannot be read."""
    names = [] if arguments.names == ["-"] else arguments.names
    if names and arguments.file:
        raise UserError("score: give names or --file, not both; see `makemore score --help`")
    if names:
        return [(name, "", "") for name in names]
    path = None if arguments.file == STDIN else arguments.file
    if path is None and (sys.stdin is None or sys.stdin.isatty()):
        raise UserError("score: no names; give some, or --file, or pipe them in; see `makemore score --help`")
    from makemore.project.name_lists import read_list

    where = path or "stdin"
    found = [(line.name, f"{where}:{line.number}: ", line.problem) for line in read_list(path)]
    if not found:
        raise UserError(f"score: {where} has no names; see `makemore score --help`")
    return found


def _print(rows: list[_Row], vocabulary: list[str]) -> None:
    print("nats/symbol  bits/char  name")
    for row in rows:
        if row.nll is None:
            print(f"{'-':>11}  {'-':>9}  {row.name}  ({row.reason})")
            continue
        start = f"{row.nll:11.4f}  {_bits(row.nll):9.4f}  "
        if row.costs:
            show(_coloured(start, _symbols(row.name, vocabulary), row.costs, math.log(len(vocabulary))))
        else:
            print(start + row.name)


def _bits(nll: float | None) -> float | None:
    return None if nll is None else nll / math.log(2)


def _symbols(name: str, vocabulary: list[str]) -> list[str]:
    """The symbols of `name`, as a model predicts them."""
    return [*unicodedata.normalize("NFC", name), vocabulary[0]]


def _coloured(start: str, symbols: list[str], costs: list[float], uniform: float) -> "Text":
    """A line. Red symbols cost more than if all were equally likely (`uniform` nats), green ones less than a third."""
    from rich.text import Text

    from makemore.report.symbols import visible

    line = Text(start)
    for symbol, cost in zip(symbols, costs, strict=True):
        style = "red" if cost > uniform else "green" if cost < uniform / 3 else "yellow"
        line.append(visible(symbol), f"bold {style}").append(f" {cost:.2f}  ", style)
    line.rstrip()
    return line
