"""The commands about variants: variants, new-variant."""

from operator import attrgetter

from makemore.cli.console import show, show_json
from makemore.cli.parser import Arguments, Commands, add_command, add_json


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
