"""The facts about this machine."""

import json

import torch

from makemore.verification.environment import environment
from tests.conftest import ROOT


def test_facts_are_json_and_those_that_are_committed() -> None:
    facts = json.loads(json.dumps(environment()))
    assert facts.keys() == json.loads((ROOT / "environment.json").read_text(encoding="utf-8")).keys()
    assert torch.__version__.startswith(facts["torch"])  # the build follows, but not in what pip knows of every build
    assert facts["cpu"]
