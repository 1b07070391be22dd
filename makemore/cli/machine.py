"""The commands about this machine and this shell: doctor, environment, completion."""

import argparse
from pathlib import Path

from makemore.cli.console import show, show_json
from makemore.cli.parser import Arguments, Commands, add_command, add_json

_TRAINED = "ls artifacts/models artifacts/ensembles artifacts/students 2>/dev/null | grep -v :"
_VARIANTS = ("model", "variants", "like")  # arguments
_SHELLS = ("bash", "zsh", "fish")
_STYLES = {"ok": "green", "differs": "yellow", "broken": "red"}


def add_commands(commands: Commands) -> None:
    """Adds them."""
    doctor = add_command(
        commands,
        "doctor",
        _doctor,
        summary="is everything here, and would results be the same?",
        description=(
            "Check Python, torch, CPU, DVC and MLflow, and say what would make results differ here.\n"
            "The exit status is 1 if anything is amiss. `makemore verify` proves it by computing."
        ),
        examples=["makemore doctor", "makemore doctor --json"],
    )
    add_json(doctor)

    add_command(
        commands,
        "environment",
        _environment,
        summary="describe this machine",
        description="Print the facts about this machine that can influence the results, as JSON.",
        examples=["makemore environment"],
        in_project=False,
    )

    completion = add_command(
        commands,
        "completion",
        _completion,
        summary="print a script for the completion of your shell",
        description="Print a script that completes commands, options, variants and files.",
        examples=[
            'eval "$(makemore completion bash)"     # in ~/.bashrc',
            "makemore completion fish > ~/.config/fish/completions/makemore.fish",
        ],
        in_project=False,
    )
    completion.add_argument("shell", choices=_SHELLS, metavar="SHELL", help=f"one of {', '.join(_SHELLS)}")


def _doctor(arguments: Arguments) -> int:
    from makemore.project.doctor import examine

    findings = examine()
    if arguments.json:
        show_json([finding._asdict() for finding in findings])
    else:
        from rich.text import Text

        for finding in findings:
            state = (f"{finding.state:8}", f"bold {_STYLES[finding.state]}")
            remedy = f"; {finding.remedy}" if finding.remedy else ""
            show(Text.assemble(state, f"{finding.subject:12}  {finding.found}{remedy}"))
    return int(any(finding.state != "ok" for finding in findings))


def _environment(_: Arguments) -> int:
    from makemore.verification.environment import environment

    show_json(environment())
    return 0


def _completion(arguments: Arguments) -> int:
    import shtab

    _mark(arguments.parser)
    print(shtab.complete(arguments.parser, arguments.shell))
    return 0


def _mark(parser: argparse.ArgumentParser) -> None:
    """Tells shtab which arguments of `parser` and its commands are variants, files and folders."""
    import shtab

    for action in parser._actions:
        kind = shtab.cmd(_TRAINED) if action.dest in _VARIANTS else None
        if action.type is Path:
            kind = shtab.DIRECTORY if action.dest == "folder" else shtab.FILE
        if kind:
            action.complete = kind  # type: ignore[attr-defined]  # how shtab wants to be told
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                _mark(inner)
