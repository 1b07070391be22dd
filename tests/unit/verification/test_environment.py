"""The facts about this machine."""

import json
from importlib.metadata import version

import torch

from makemore.verification.environment import environment
from tests.conftest import ROOT


def test_facts_are_json_and_those_that_are_committed() -> None:
    facts = json.loads(json.dumps(environment()))
    assert facts.keys() == json.loads((ROOT / "environment.json").read_text(encoding="utf-8")).keys()
    assert facts["torch"] == version("torch")
    assert facts["torch"] in {torch.__version__, torch.__version__.partition("+")[0]}  # pip may not know the build
    assert facts["cpu"]
