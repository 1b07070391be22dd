"""The commands that look at results: compare, runs, ui."""

from makemore.cli.console import show_json
from makemore.cli.parser import Arguments, Commands, add_command, add_json
from makemore.core.errors import UserError


def add_commands(commands: Commands) -> None:
    """Adds them."""
    compare = add_command(
        commands,
        "compare",
        _compare,
        summary="which losses really differ",
        description=(
            "Compare two variants name by name, or the current results with those of a commit\n"
            "(default: HEAD~1), as Markdown. Nothing is recomputed."
        ),
        examples=["makemore compare gpt lstm", "makemore compare --base v1.0", "makemore compare gpt lstm --json"],
    )
    compare.add_argument("variants", nargs="*", metavar="VARIANT", help="two variants")
    compare.add_argument("-n", "--names", type=int, default=10, help="names to list on either side (default: 10)")
    compare.add_argument("--base", metavar="REV", help="a commit (default: HEAD~1)")
    add_json(compare)

    runs = add_command(
        commands,
        "runs",
        _runs,
        summary="list the MLflow run of each variant",
        description="Print the MLflow run of each variant's current results, with a link.",
        examples=["makemore runs", "makemore runs --json"],
    )
    add_json(runs)

    ui = add_command(
        commands,
        "ui",
        _ui,
        summary="start MLflow's UI",
        description="Start MLflow's UI on 127.0.0.1, and print the link to its table with the columns that we compare.",
        examples=["makemore ui", "makemore ui --port 5001"],
    )
    ui.add_argument("--host", default="127.0.0.1", help="where it listens (default: 127.0.0.1, this machine only)")
    ui.add_argument("--port", type=int, default=5000, help="and on which port (default: 5000)")


def _compare(arguments: Arguments) -> int:
    variants, base = arguments.variants, arguments.base
    if len(variants) not in {0, 2} or (variants and base):
        raise UserError("compare: name two variants, or a commit with --base; see `makemore compare --help`")
    from makemore.core.params import load_params

    params = load_params()
    from makemore.comparing.difference import as_json

    if variants:
        from makemore.comparing.pair import compare_pair

        pair = compare_pair(variants[0], variants[1], max(0, arguments.names))
        show_json(as_json(pair)) if arguments.json else print(pair.text())
    else:
        from makemore.comparing.base import compare_base

        comparison = compare_base(base or "HEAD~1", params)
        show_json(as_json(comparison)) if arguments.json else print(comparison.markdown())
    return 0


def _runs(arguments: Arguments) -> int:
    from makemore.core.params import load_params

    params = load_params()
    from makemore.tracking.views import tracked_runs

    runs = tracked_runs(params)
    show_json(runs.as_json()) if arguments.json else print(runs.text())
    return 0


def _ui(arguments: Arguments) -> int:
    from makemore.core.params import load_params

    params = load_params()
    from makemore.tracking.views import ui

    ui(params, arguments.port, arguments.host)
    return 0
