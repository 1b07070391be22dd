"""The facts about this machine."""

import json

import torch

from makemore.verification.environment import environment
from tests.conftest import ROOT


def test_facts_are_json_and_those_that_are_committed() -> None:
    facts = json.loads(json.dumps(environment()))
    assert facts.keys() == json.loads((ROOT / "environment.json").read_text(encoding="utf-8")).keys()
    assert facts["torch"] == torch.__version__
    assert facts["cpu"]
