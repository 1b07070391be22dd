"""The commands with which a trained model invents names: sample, complete."""

import sys
from typing import TYPE_CHECKING

from makemore.cli.console import bar, show, show_json
from makemore.cli.loading import add_model, load_model
from makemore.cli.parser import Arguments, Commands, add_command, add_json

if TYPE_CHECKING:
    from makemore.api import TrainedModel

_BAR = 40  # characters
_SETTINGS = ("names", "prefix", "temperature", "top_k", "top_p", "seed", "max_length", "batch_size")  # of params.yaml


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
    add_model(sample)
    sample.add_argument("-n", "--names", type=int, metavar="N", help="number of names")
    sample.add_argument("--prefix", help="what every name starts with")
    sample.add_argument(
        "--temperature", type=float, help="below 1: more likely names, above 1: more unusual, 0: greedy"
    )
    sample.add_argument("--top-k", type=int, metavar="K", help="sample from the K most likely symbols only; 0: all")
    sample.add_argument("--top-p", type=float, metavar="P", help="sample from the fewest symbols with this probability")
    sample.add_argument("--only-new", action="store_true", help="leave out names that are in the corpus")
    sample.add_argument("--distinct", action="store_true", help="leave out repeats")
    sample.add_argument("--seed", type=int, help="seed of the random number generator")
    sample.add_argument("--max-length", type=int, metavar="N", help="names are cut at this number of characters")
    sample.add_argument("--batch-size", type=int, metavar="N", help="names per batch; 1: in the lectures' order")
    for action in sample._actions:
        if action.dest in _SETTINGS:
            action.help = f"{action.help} (default: sample.{action.dest} in params.yaml)"
    add_json(sample)

    complete = add_command(
        commands,
        "complete",
        _complete,
        summary="print what comes next",
        description="Print the probability of each symbol after the start of a name.",
        examples=["makemore complete gpt mar", "makemore complete gpt ''"],
    )
    add_model(complete)
    complete.add_argument("prefix", metavar="PREFIX", help="the start of a name; '' for the first symbol")
    complete.add_argument("--top", type=int, default=10, metavar="N", help="symbols to list (default: 10)")
    add_json(complete)


def _sample(arguments: Arguments) -> int:
    model = load_model(arguments)
    settings = {key: getattr(arguments, key) for key in _SETTINGS}
    _warn(model, model.defaults.prefix if arguments.prefix is None else arguments.prefix)
    names = model.stream(settings, arguments.only_new, arguments.distinct)
    if arguments.json:
        show_json(list(names))
        return 0
    for name in names:
        print(name, flush=True)
    return 0


def _warn(model: "TrainedModel", prefix: str) -> None:
    """Says so if the model cannot see all of `prefix`."""
    from makemore.sampling import unseen

    if note := unseen(model.module, prefix):
        print(f"note: {note}", file=sys.stderr)


def _complete(arguments: Arguments) -> int:
    model = load_model(arguments)
    from makemore.sampling import next_probabilities

    _warn(model, arguments.prefix)
    probabilities = next_probabilities(model.module, arguments.prefix).double().tolist()
    found = sorted(zip(probabilities, model.vocabulary, strict=True), key=lambda pair: (-pair[0], pair[1]))
    found = found[: max(0, arguments.top)]
    if arguments.json:
        next_symbols = [{"symbol": symbol, "probability": probability} for probability, symbol in found]
        show_json({"prefix": arguments.prefix, "next": next_symbols})
        return 0
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    from makemore.report.symbols import visible

    width = max((cell_len(visible(symbol)) for _, symbol in found), default=1)
    for probability, symbol in found:
        line = Text.assemble((set_cell_size(visible(symbol), width), "bold"), f"  {probability:.3f}  ")
        line.append(bar(probability / found[0][0], _BAR), "cyan")
        show(line)
    return 0
