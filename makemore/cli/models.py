"""The commands that use a trained model: sample, score, complete."""

import math
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from makemore.cli.console import bar, show, show_json, visible
from makemore.cli.parser import Arguments, Commands, Parser, add_command, add_json
from makemore.core.errors import UserError

if TYPE_CHECKING:
    from rich.text import Text

    from makemore.api import TrainedModel

_BAR = 40  # characters


def add_commands(commands: Commands) -> None:
    """Adds them."""
    sample = add_command(
        commands,
        "sample",
        _sample,
        summary="sample names",
        description="Sample names. What you do not set is as in the section `sample` of params.yaml.",
        examples=[
            "makemore sample gpt-modern -n 5 --prefix mar",
            "makemore sample gpt -n 100 --only-new --distinct --temperature 0.8",
            "makemore sample models:/makemore@champion -n 5 --json",
        ],
    )
    _add_model(sample)
    sample.add_argument("-n", "--names", type=int, metavar="N", help="number of names")
    sample.add_argument("--prefix", help="what every name starts with")
    sample.add_argument("--temperature", type=float, help="below 1: more likely names, above 1: more unusual ones")
    sample.add_argument("--top-k", type=int, metavar="K", help="sample from the K most likely symbols only")
    sample.add_argument("--top-p", type=float, metavar="P", help="sample from the fewest symbols with this probability")
    sample.add_argument("--only-new", action="store_true", help="leave out names that are in the corpus")
    sample.add_argument("--distinct", action="store_true", help="leave out repeats")
    sample.add_argument("--seed", type=int, help="seed of the random number generator")
    sample.add_argument("--max-length", type=int, metavar="N", help="names are cut at this number of characters")
    sample.add_argument("--batch-size", type=int, metavar="N", help="names per batch; 1: in the lectures' order")
    add_json(sample)

    score = add_command(
        commands,
        "score",
        _score,
        summary="print how likely names are",
        description="Print the NLL of names, the most likely first: nats per symbol, and bits per character.",
        examples=[
            "makemore score gpt anna xqz",
            "makemore score gpt --by-symbol anna",
            "makemore sample gpt | makemore score gpt-modern --json",
        ],
    )
    _add_model(score)
    score.add_argument("names", nargs="*", metavar="NAME", help="names; without any, they are read from stdin")
    score.add_argument("--file", type=Path, metavar="FILE", help="read the names from a file, one per line")
    score.add_argument("--by-symbol", action="store_true", help="what each symbol costs, in nats")
    add_json(score)

    complete = add_command(
        commands,
        "complete",
        _complete,
        summary="print what comes next",
        description="Print the probability of each symbol after the start of a name.",
        examples=["makemore complete gpt mar", "makemore complete gpt ''"],
    )
    _add_model(complete)
    complete.add_argument("prefix", metavar="PREFIX", help="the start of a name; '' for the first symbol")
    complete.add_argument("--top", type=int, default=10, metavar="N", help="symbols to list (default: 10)")
    add_json(complete)


def _add_model(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a variant, the folder of a model, or models:/NAME@ALIAS")
    parser.add_argument("--rev", help="the variant at this commit, from DVC's cache")


def _load(arguments: Arguments) -> "TrainedModel":
    if arguments.rev is None and "/" not in arguments.model:
        from makemore.project.variants import check_trained

        check_trained(arguments.model)  # before torch is imported, which takes seconds
    from makemore.api import load

    return load(arguments.model, arguments.rev)


def _sample(arguments: Arguments) -> int:
    model = _load(arguments)
    keys = ("names", "prefix", "temperature", "top_k", "top_p", "seed", "max_length", "batch_size")
    settings = {key: getattr(arguments, key) for key in keys}
    names = model.stream(settings, arguments.only_new, arguments.distinct)
    if arguments.json:
        show_json(list(names))
        return 0
    for name in names:
        print(name, flush=True)
    return 0


def _score(arguments: Arguments) -> int:
    names = _names(arguments)
    model = _load(arguments)
    from makemore.evaluation import score, score_symbols

    scored: list[tuple[float, str, list[float]]]  # nats per symbol, name, nats of each symbol
    if arguments.by_symbol:
        costs = score_symbols(model.module, names)
        scored = sorted((sum(each) / len(each), name, each) for name, each in zip(names, costs, strict=True))
    else:
        scored = sorted((nll, name, []) for name, nll in zip(names, score(model.module, names), strict=True))
    if arguments.json:
        show_json([_as_json(*each, model.vocabulary) for each in scored])
        return 0
    print("nats/symbol  bits/char  name")
    for nll, name, of_symbols in scored:
        start = f"{nll:11.4f}  {nll / math.log(2):9.4f}  "
        if arguments.by_symbol:
            show(_coloured(start, _symbols(name, model.vocabulary), of_symbols, math.log(len(model.vocabulary))))
        else:
            print(start + name)
    return 0


def _as_json(nll: float, name: str, costs: list[float], vocabulary: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "nats": nll, "bits": nll / math.log(2)}
    if not costs:
        return row
    pairs = zip(_symbols(name, vocabulary), costs, strict=True)
    return row | {"symbols": [{"symbol": symbol, "nats": cost} for symbol, cost in pairs]}


def _symbols(name: str, vocabulary: list[str]) -> list[str]:
    """The symbols of `name`, as a model predicts them."""
    return [*unicodedata.normalize("NFC", name), vocabulary[0]]


def _coloured(start: str, symbols: list[str], costs: list[float], uniform: float) -> "Text":
    """A line. Red symbols cost more than if all were equally likely (`uniform` nats), green ones less than a third."""
    from rich.text import Text

    line = Text(start)
    for symbol, cost in zip(symbols, costs, strict=True):
        style = "red" if cost > uniform else "green" if cost < uniform / 3 else "yellow"
        line.append(visible(symbol), f"bold {style}").append(f" {cost:.2f}  ", style)
    line.rstrip()
    return line


def _names(arguments: Arguments) -> list[str]:
    """The names to score: from the command line, a file, or stdin."""
    if arguments.names and arguments.file:
        raise UserError("score: give names or --file, not both; see `makemore score --help`")
    if arguments.names:
        return list(arguments.names)
    if arguments.file:
        content, where = _read(arguments.file), str(arguments.file)
    elif sys.stdin is None or sys.stdin.isatty():
        raise UserError("score: no names; give some, or --file, or pipe them in; see `makemore score --help`")
    else:
        content, where = sys.stdin.buffer.read(), "stdin"
    try:
        lines = content.decode().split("\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UserError(f"{where}:{line}: not UTF-8 (byte 0x{content[error.start]:02x}); convert it to UTF-8") from None
    names = [line.strip() for line in lines if line.strip()]
    if not names:
        raise UserError(f"score: {where} has no names; see `makemore score --help`")
    return names


def _read(path: Path) -> bytes:
    from makemore.core.files import open_regular, os_errors

    with os_errors(path, "read"), open_regular(path) as file:
        return file.read()


def _complete(arguments: Arguments) -> int:
    model = _load(arguments)
    from makemore.sampling import next_probabilities

    probabilities = next_probabilities(model.module, arguments.prefix).double().tolist()
    found = sorted(zip(probabilities, model.vocabulary, strict=True), key=lambda pair: (-pair[0], pair[1]))
    found = found[: max(0, arguments.top)]
    if arguments.json:
        next_symbols = [{"symbol": symbol, "probability": probability} for probability, symbol in found]
        show_json({"prefix": arguments.prefix, "next": next_symbols})
        return 0
    from rich.text import Text

    for probability, symbol in found:
        line = Text.assemble((visible(symbol), "bold"), f"  {probability:.3f}  ")
        line.append(bar(probability / found[0][0], _BAR), "cyan")
        show(line)
    return 0
