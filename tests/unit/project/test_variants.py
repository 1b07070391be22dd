"""The variants of a project, and their states."""

from pathlib import Path

import pytest

from makemore.core.errors import UserError
from makemore.core.files import read_json, write_json, write_text
from makemore.core.layout import METRICS, MODELS, PARAMS
from makemore.models.base.config import TrainingConfig
from makemore.project import variants as variants_module
from makemore.project.variants import Variant, variants


def test_states(project: Path) -> None:
    assert [(each.name, each.state) for each in variants()] == [
        ("count", "trained"),
        ("gpt", "trained"),
        ("mlp", "not trained"),
    ]
    values = read_json(PARAMS)
    values["variants"]["gpt"]["lr"] *= 2
    write_json(PARAMS, values)
    (MODELS / "count" / "weights.safetensors").unlink()
    count, gpt, mlp = variants()
    assert (count.state, gpt.state) == ("not trained", "changed")
    assert count.dev_nll == 2.5, "the committed results are still there"
    assert mlp == Variant("mlp", "mlp", "not trained", None, None)


def test_what_an_entry_leaves_out_has_not_changed() -> None:
    """Older files do not have the key: neither variants, nor the members of ensembles."""
    assert TrainingConfig.model_fields["smoothing"].default == variants_module._DEFAULTS["smoothing"]
    old, new = {"model": "gpt"}, {"model": "gpt", "smoothing": 0.0}
    complete = variants_module._complete
    assert complete(old) == complete(new)
    assert complete({"members": {"a": old}}) == complete({"members": {"a": new}})
    assert complete(old) != complete(new | {"smoothing": 0.1})


def test_damaged_results_are_one_line(project: Path) -> None:
    write_text(METRICS / "gpt.json", "{}")
    with pytest.raises(UserError, match=r"reports/metrics/gpt\.json: damaged"):
        variants()
