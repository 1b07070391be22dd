"""doctor, environment and completion: what they print."""

import json
import subprocess

import pytest

from makemore.project import doctor
from makemore.project.doctor import Finding
from makemore.verification.environment import environment
from tests.unit.cli.conftest import Makemore

GOOD, ODD, BAD = Finding("git", "ok", "2.39"), Finding("CPU", "differs", "ARM", "x86-64"), Finding("DVC", "broken", "-")


@pytest.mark.parametrize(("findings", "status"), [([GOOD], 0), ([GOOD, ODD], 1), ([BAD], 1)])
def test_doctor(makemore: Makemore, monkeypatch: pytest.MonkeyPatch, findings: list[Finding], status: int) -> None:
    monkeypatch.setattr(doctor, "examine", lambda: findings)
    lines = [f"{each.state} {each.subject} {each.found}{'; ' * bool(each.remedy)}{each.remedy}" for each in findings]
    found, output, error = makemore("doctor")
    assert (found, [" ".join(line.split()) for line in output.splitlines()], error) == (status, lines, "")
    found, output, error = makemore("doctor", "--json")
    assert (found, json.loads(output), error) == (status, [each._asdict() for each in findings], "")


def test_environment(makemore: Makemore) -> None:
    status, output, _ = makemore("environment")
    assert (status, json.loads(output)) == (0, environment())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_knows_commands_and_options(makemore: Makemore, shell: str) -> None:
    status, output, error = makemore("completion", shell)
    assert (status, error) == (0, "")
    for word in ("new-variant", "only-new", "ls artifacts/models"):
        assert word in output


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("sample g", "gpt"),
        ("repro --data param", "params.yaml"),
        ("data check param", "params.yaml"),
        ("verify --attest param", "params.yaml"),
        ("verify --check param", "params.yaml"),
    ],
)
def test_bash_completes_variants_and_files(project: object, makemore: Makemore, words: str, found: str) -> None:
    _, script, _ = makemore("completion", "bash")
    number = len(words.split())
    ask = f'COMP_WORDS=(makemore {words}); COMP_CWORD={number}; _shtab_makemore; echo "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [found]
