"""The command line as a whole: bad arguments are one line and status 2, help has examples, start-up is quick."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import makemore as api
from makemore.cli.main import _parser
from makemore.cli.parser import Parser
from tests.conftest import ROOT
from tests.unit.cli.conftest import Makemore

LARGE = ("altair", "dvc", "mlflow", "numpy", "pandas", "torch")  # importing one of them takes 0.1 to 2 seconds
HEAVY = (*LARGE, "pydantic", "rich", "shtab")


def commands(parser: Parser) -> dict[str, Parser]:
    """All commands, and the commands inside them."""
    found: dict[str, Parser] = {}
    for action in parser._actions:
        for name, inner in action.choices.items() if isinstance(action.choices, dict) else ():
            nested = commands(inner)
            found |= {f"{name} {other}": each for other, each in nested.items()} or {name: inner}
    return found


COMMANDS = commands(_parser())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sample", "\udcff"], r"the argument '\udcff' is not UTF-8"),
        (["score", "gpt", "an\udc80na"], r"the argument 'an\udc80na' is not UTF-8"),
        (["sample", "gpt", "a\nb\x1b[31m"], "unrecognized arguments: a b [31m; see `makemore sample --help`"),
        (["sample", "gpt", "-n", "9" * 5000], "argument -n/--names: invalid int value: '999"),
        (["nothing\n"], r"there is no command 'nothing\n'; see `makemore --help`"),
        (["smaple"], "there is no command 'smaple'; did you mean 'sample'? see `makemore --help`"),
        (["data", "chek"], "there is no command 'chek'; did you mean 'check'? see `makemore data --help`"),
        (["completion", "bsh"], "there is no shell 'bsh'; did you mean 'bash'? see `makemore completion --help`"),
        (["--vresion"], "unrecognized arguments: --vresion; did you mean '--version'? see `makemore --help`"),
        (
            ["sample", "gpt", "--temprature=2"],
            "unrecognized arguments: --temprature=2; did you mean '--temperature'? see `makemore sample --help`",
        ),
    ],
)
def test_bad_arguments_are_one_short_line(makemore: Makemore, arguments: list[str], message: str) -> None:
    status, output, error = makemore(*arguments)
    assert (status, output) == (2, "")
    assert message in error
    assert error.count("\n") == 1
    assert len(error) < 400
    assert error.rstrip("\n").isprintable()


@pytest.mark.parametrize("command", [[], ["data"]])
def test_a_command_without_its_command_prints_help(makemore: Makemore, command: list[str]) -> None:
    status, output, error = makemore(*command)
    assert (status, error) == (0, "")
    assert output.startswith(f"usage: {' '.join(['makemore', *command])} [-h]")


def test_version(makemore: Makemore, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        makemore("--version")
    assert capsys.readouterr().out == f"makemore {api.__version__}\n"
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", api.__version__)


@pytest.mark.parametrize("arguments", [["sample", "gtp"], ["new-variant", "own", "--like", "gtp"]])
def test_similar_variant_is_proposed(project: Path, makemore: Makemore, arguments: list[str]) -> None:
    status, _, error = makemore(*arguments)
    assert (status, error.count("; did you mean 'gpt'? ")) == (2, 1)


@pytest.mark.parametrize("name", ["a\nb", "x" * 5000])
def test_strange_names_of_variants_are_one_short_line(project: Path, makemore: Makemore, name: str) -> None:
    status, output, error = makemore("sample", name)
    assert (status, output, error.count("\n")) == (2, "", 1)
    assert error.startswith(f"error: the variant {name!r}"[:40])
    assert len(error) < 200


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_description_and_examples_that_parse(command: str) -> None:
    parser = COMMANDS[command]
    assert parser.description
    examples = (parser.epilog or "").removeprefix("examples:").splitlines()[1:]
    assert examples
    for example in examples:
        assert f"makemore {command}" in example


def test_documentation_has_every_command() -> None:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert not [command for command in COMMANDS if f"makemore {command}" not in text]


@pytest.mark.parametrize(
    ("command", "without"),
    [
        ("--help", HEAVY),
        ("environment", HEAVY),
        ("variants", LARGE),
        ("doctor", tuple(each for each in LARGE if each != "dvc")),  # it asks DVC where its cache is
        ("completion bash", LARGE),
    ],
)
def test_commands_that_need_no_model_import_no_large_package(command: str, without: tuple[str, ...]) -> None:
    """Start-up time as a fact that does not depend on the machine."""
    program = (
        f"import sys; sys.argv = ['makemore', *'{command}'.split()]\n"
        "from makemore.cli.main import main\n"
        "try: status = main()\n"
        "except SystemExit as ended: status = ended.code\n"
        f"print(status == 2, {{*sys.modules}} & {{*{without}}})"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\nFalse set()\n"), "2 is an error"
