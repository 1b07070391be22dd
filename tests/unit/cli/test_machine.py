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


def test_bash_completes_variants(project: object, makemore: Makemore) -> None:
    _, script, _ = makemore("completion", "bash")
    ask = 'COMP_WORDS=(makemore sample g); COMP_CWORD=2; _shtab_makemore; echo "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", f"{script}\n{ask}"], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["gpt"]
