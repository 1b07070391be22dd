"""The commands about variants and data: variants, new-variant, data check."""

import shlex
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from makemore.cli.console import show, show_json
from makemore.cli.parser import Arguments, Commands, add_command, add_json

if TYPE_CHECKING:
    from makemore.project.data_check import DataCheck

_CHARACTERS_SHOWN = 60


def add_commands(commands: Commands) -> None:
    """Adds them."""
    variants = add_command(
        commands,
        "variants",
        _variants,
        summary="list the variants",
        description="List the variants: trained or not, parameters, and the loss on dev in nats per symbol.",
        examples=["makemore variants", "makemore variants --json"],
    )
    add_json(variants)

    new = add_command(
        commands,
        "new-variant",
        _new_variant,
        summary="add a variant to params.yaml",
        description="Add a variant to params.yaml. It inherits from another one, and lists what differs.",
        examples=["makemore new-variant gpt-deep --like gpt -S n_layer=6 -S steps=1500"],
    )
    new.add_argument("name", metavar="NAME", help="its name")
    new.add_argument("--like", required=True, metavar="VARIANT", help="the variant that it inherits from")
    new.add_argument("-S", "--set", action="append", default=[], metavar="KEY=VALUE", help="what differs")

    data = commands.add_parser("data", help="look at a file of names", description="Look at a file of names.")
    inner = data.add_subparsers(required=True, metavar="COMMAND")
    check = add_command(
        inner,
        "check",
        _data_check,
        summary="would it work, and with which parameters?",
        description=(
            "Say what a file of names contains, whether it would work, and which parameters suit it.\nChanges nothing."
        ),
        examples=["makemore data check mine.txt", "makemore data check people.csv --column name"],
    )
    check.add_argument("file", type=Path, metavar="FILE", help="a file or folder of names, also compressed")
    check.add_argument("--column", metavar="NAME", help="the column of a CSV or Parquet file")
    add_json(check)


def _variants(arguments: Arguments) -> int:
    from makemore.project.variants import variants

    found = variants()
    if arguments.json:
        show_json([variant._asdict() for variant in found])
        return 0
    from rich.text import Text

    best = min((variant for variant in found if variant.dev_nll is not None), key=attrgetter("dev_nll"), default=None)
    width = max(len(variant.name) for variant in found)
    show(Text(f"{'variant':{width}}  {'model':8}  {'':11}  {'parameters':>10}  dev NLL", "dim"))
    for variant in found:
        size = "" if variant.n_params is None else f"{variant.n_params:,}"
        nll = "" if variant.dev_nll is None else f"{variant.dev_nll:.4f}"
        line = f"{variant.name:{width}}  {variant.model:8}  {variant.state:11}  {size:>10}  {nll:>7}"
        show(Text(line.rstrip(), "bold" if variant is best else ""))
    return 0


def _new_variant(arguments: Arguments) -> int:
    from makemore.project.new_variant import new_variant, parse_settings

    entry = new_variant(arguments.name, arguments.like, parse_settings(arguments.set))
    print(f"added to params.yaml:\n\n{entry}\n\ntrain it: makemore repro")
    return 0


def _data_check(arguments: Arguments) -> int:
    from makemore.project.data_check import check_data

    found = check_data(arguments.file, arguments.column)
    if arguments.json:
        show_json(vars(found))
        return 0
    print_data_check(found)
    column = f" --column {shlex.quote(arguments.column)}" if arguments.column else ""
    print(f"\ntry it: makemore repro --data {shlex.quote(str(arguments.file))}{column}")
    return 0


def print_data_check(found: "DataCheck") -> None:
    """Prints what a file of names contains, and the parameters that suit it."""
    listed = "".join(list(found.characters)[:_CHARACTERS_SHOWN])
    more = "..." if len(found.characters) > _CHARACTERS_SHOWN else ""
    print(f"names       {found.names:,}, {found.distinct:,} distinct")
    print(f"length      {found.mean_length:.1f} characters on average, at most {found.longest:,}")
    print(f"characters  {len(found.characters):,}, the most frequent first: {listed}{more}")
    print(f"splits      {', '.join(f'{count:,} {split}' for split, count in found.splits.items())}")
    for key, value in found.changes.items():
        print(f"parameter   {key}: {'null' if value is None else value}")
    for variant, reason in found.refused.items():
        print(f"left out    {variant}: {reason}")
