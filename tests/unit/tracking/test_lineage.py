"""The sweep that an experiment belongs to. Everything else needs git (tests/tracking/test_lineage.py)."""

import pytest

from makemore.tracking.lineage import sweep_of


@pytest.mark.parametrize(
    ("name", "sweep"),
    [
        ("wide-3", "wide"),
        ("my-lr-12", "my-lr"),
        ("wide", "experiments of 0123456"),
        ("wide-3b", "experiments of 0123456"),
        ("-3", "experiments of 0123456"),
    ],
)
def test_experiment_belongs_to_its_sweep_or_to_its_commit(name: str, sweep: str) -> None:
    assert sweep_of(name, "0123456789") == sweep
