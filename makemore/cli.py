"""`makemore sample` and `makemore score`: the trained models at the command line.

makemore sample gpt -n 5 --prefix mar
makemore score gpt anna xqz
"""

import argparse
import math
import sys
from pathlib import Path

from makemore import determinism
from makemore.errors import UserError
from makemore.params import SampleParams, load_params, parse_section

MODELS = Path("artifacts/models")


def main() -> int:
    """Runs the command line; returns the exit status: 0, or 2 for bad input."""
    try:
        arguments = _parser().parse_args()
        arguments.run(arguments)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="makemore", description="Trained models of names (made by `dvc repro`).")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    sample = commands.add_parser("sample", help="draw new names", description=f"Draw names. {_DEFAULTS}")
    sample.add_argument("variant", help="an entry of params.yaml's variants")
    sample.add_argument("-n", "--names", type=int, help="how many")
    sample.add_argument("--seed", type=int, help="of the generator that draws")
    sample.add_argument("--batch-size", type=int, help="names drawn side by side; 1 draws as the tutorials do")
    sample.add_argument("--temperature", type=float, help="below 1: likelier names, above 1: wilder ones")
    sample.add_argument("--top-k", type=int, help="draw from the k likeliest symbols only")
    sample.add_argument("--prefix", help="what every name begins with")
    sample.add_argument("--max-length", type=int, help="characters at which a name is cut")
    sample.set_defaults(run=_sample)

    score = commands.add_parser("score", help="say how likely names are", description="NLL of names, likeliest first.")
    score.add_argument("variant", help="an entry of params.yaml's variants")
    score.add_argument("names", nargs="+", metavar="NAME")
    score.set_defaults(run=_score)
    return parser


_DEFAULTS = "What is not given is taken from `sample` in params.yaml."


def _sample(arguments: argparse.Namespace) -> None:
    params = load_params()
    given = {name: value for name, value in vars(arguments).items() if name in SampleParams.model_fields}
    given = {name: value for name, value in given.items() if value is not None}
    chosen = parse_section(SampleParams, params.sample.model_dump() | given, "makemore sample")
    determinism.set_environment(params.compute)
    from makemore import models, sampling

    determinism.set_threads(params.compute)
    print("\n".join(sampling.sample(models.load(MODELS / arguments.variant), chosen)))


def _score(arguments: argparse.Namespace) -> None:
    params = load_params()
    determinism.set_environment(params.compute)
    from makemore import models
    from makemore.corpus import encode_rows
    from makemore.evaluation import likelihood

    determinism.set_threads(params.compute)
    model = models.load(MODELS / arguments.variant)
    names = arguments.names
    rows = encode_rows(names, model.vocabulary, longest=max(map(len, names)))
    scored = zip(likelihood(model, rows).by_word().tolist(), names, strict=True)
    print("nats/symbol  bits/char  name")
    for nll, name in sorted(scored):
        print(f"{nll:11.4f}  {nll / math.log(2):9.4f}  {name}")


if __name__ == "__main__":
    sys.exit(main())
