"""The command line: names from the trained models, how likely names are, whether results can be reproduced, and runs.

    makemore sample gpt -n 5 --prefix mar
    makemore score gpt anna xqz
    makemore verify
    makemore runs

The models are those that `dvc repro` left in artifacts/models.
"""

import argparse
import json
import math
import sys
import unicodedata
from pathlib import Path

from makemore import determinism
from makemore.errors import UserError
from makemore.files import write_text
from makemore.params import SampleParams, load_params, parse_section

MODELS = Path("artifacts/models")


def main() -> int:
    """Runs the command line; returns the exit status: 0; 1 for results that differ; 2 for bad input."""
    try:
        arguments = _parser().parse_args()
        status: int = arguments.run(arguments)
    except UserError as error:
        print("\n".join(f"error: {line}" for line in str(error).splitlines()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


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

    verify = commands.add_parser("verify", help="reproduce a commit, and compare", description=_VERIFY)
    verify.add_argument("revision", nargs="?", default="HEAD", metavar="REV", help="a commit; HEAD if not given")
    verify.set_defaults(run=_verify)

    runs = commands.add_parser("runs", help="list the MLflow run of each variant", description=_RUNS)
    runs.set_defaults(run=_runs)

    sweep = commands.add_parser("sweep", help="list the experiments of a sweep", description=_SWEEP)
    sweep.add_argument("name", help="of the sweep, as in `make sweep NAME=...`")
    sweep.add_argument("--report", type=Path, metavar="FILE", help="where to write a page with charts (HTML)")
    sweep.set_defaults(run=_sweep)

    environment = commands.add_parser("environment", help="print what of this machine has a part in results, as JSON")
    environment.set_defaults(run=_environment)
    return parser


_DEFAULTS = "What is not given is taken from `sample` in params.yaml."
_VERIFY = (
    "Reproduce a commit in a temporary clone with an empty cache, and compare every output with the committed one."
)
_RUNS = "The MLflow run that shows the results that lie here, and its link, for each variant."
_SWEEP = "The recorded experiments of a sweep as a Markdown table, the best first."


def _sample(arguments: argparse.Namespace) -> int:
    params = load_params()
    given = {name: value for name, value in vars(arguments).items() if name in SampleParams.model_fields}
    given = {name: value for name, value in given.items() if value is not None}
    chosen = parse_section(SampleParams, params.sample.model_dump() | given, "makemore sample")
    determinism.set_environment(params.compute)
    from makemore import models, sampling

    determinism.set_threads(params.compute)
    print("\n".join(sampling.sample(models.load(_folder(arguments.variant)), chosen)))
    return 0


def _score(arguments: argparse.Namespace) -> int:
    params = load_params()
    determinism.set_environment(params.compute)
    from makemore import models
    from makemore.corpus import encode_rows
    from makemore.evaluation import likelihood

    determinism.set_threads(params.compute)
    model = models.load(_folder(arguments.variant))
    names = [unicodedata.normalize("NFC", name) for name in arguments.names]
    rows = encode_rows(names, model.vocabulary, longest=max(map(len, names)))
    scored = zip(likelihood(model, rows).by_word().tolist(), names, strict=True)
    print("nats/symbol  bits/char  name")
    for nll, name in sorted(scored):
        print(f"{nll:11.4f}  {nll / math.log(2):9.4f}  {name}")
    return 0


def _folder(variant: str) -> Path:
    """The folder of a trained variant. Raises UserError where there is none."""
    trained = sorted(path.name for path in MODELS.iterdir()) if MODELS.exists() else []
    if variant not in trained:
        raise UserError(
            f"no variant {variant!r} is trained here; trained are: {', '.join(trained) or 'none, see `dvc repro`'}"
        )
    return MODELS / variant


def _verify(arguments: argparse.Namespace) -> int:
    from makemore.verification import verify

    return verify(arguments.revision, Path.cwd())


def _runs(_: argparse.Namespace) -> int:
    params = load_params()
    from makemore.tracking.runs import runs

    print(runs(params))
    return 0


def _sweep(arguments: argparse.Namespace) -> int:
    params = load_params()
    from makemore.tracking.sweep import markdown, page, read_sweep

    sweep = read_sweep(arguments.name, params)
    print(markdown(sweep.table()))
    if arguments.report:
        try:
            write_text(arguments.report, page(sweep))
        except OSError as error:
            raise UserError(f"{arguments.report}: {error.strerror}") from None
        print(f"\nwith charts: {arguments.report}")
    return 0


def _environment(_: argparse.Namespace) -> int:
    from makemore.verification import environment

    print(json.dumps(environment(), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
