"""A new variant is inserted into params.yaml, and every other line stays as it is."""

from pathlib import Path
from typing import Any

import pytest

from makemore.core.errors import UserError
from makemore.core.layout import PARAMS
from makemore.core.params import load_params
from makemore.project.new_variant import new_variant, parse_settings
from tests.conftest import ROOT

ORIGINAL = (ROOT / PARAMS).read_text(encoding="utf-8")
OTHERS = ORIGINAL[ORIGINAL.index("\n# One entry = several") :]  # the sections after the variants


@pytest.fixture(autouse=True)
def _params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    PARAMS.write_text(ORIGINAL, encoding="utf-8")


def text() -> str:
    return PARAMS.read_text(encoding="utf-8")


def test_only_the_entry_is_new() -> None:
    entry = new_variant("deep", "gpt", {"n_layer": 4, "lr": 1e-3, "norm": "rms", "tied_head": True})
    assert entry == "  deep:\n    <<: *gpt\n    n_layer: 4\n    lr: 0.001\n    norm: rms\n    tied_head: true"
    assert text() == f"{ORIGINAL.removesuffix(OTHERS)}\n{entry}\n{OTHERS}"
    variants = load_params().variants
    assert variants["deep"] == variants["gpt"] | {"n_layer": 4, "lr": 1e-3, "norm": "rms", "tied_head": True}


@pytest.mark.parametrize("like", ["mlp", "count", "gpt-modern", "gru"])
def test_parent_without_an_anchor_gets_one(like: str) -> None:
    before = load_params().variants
    new_variant("mine", like, {})
    lines = ORIGINAL.removesuffix(OTHERS).splitlines()
    changed = [(old, new) for old, new in zip(lines, text().splitlines(), strict=False) if old != new]
    ((old, new),) = changed
    assert new.startswith(f"  {like}: &{like}")
    assert old.find("#") == new.find("#"), "the comment stays in its column"
    assert load_params().variants == before | {"mine": before[like]}


def test_variants_can_be_added_to_added_ones() -> None:
    new_variant("one", "gpt", {"steps": 300})
    new_variant("two", "one", {"n_layer": 1})
    variants = load_params().variants
    assert variants["two"] == variants["gpt"] | {"steps": 300, "n_layer": 1}


def test_section_after_the_variants_and_no_newline_at_the_end() -> None:
    start, _, variants = ORIGINAL.partition("\ntrack:\n")
    track, _, variants = variants.partition("\n\n")
    PARAMS.write_text(f"{start}\n\n{variants.rstrip()}\n\n# last\ntrack:\n{track.rstrip()}", encoding="utf-8")
    new_variant("mine", "gpt", {})
    assert "\n\n  mine:\n    <<: *gpt\n\n# One entry = several" in text()
    assert load_params().variants["mine"] == load_params().variants["gpt"]


@pytest.mark.parametrize(
    ("name", "like", "settings", "message"),
    [
        ("gpt", "mlp", {}, "params.yaml: there is a variant 'gpt' already"),
        ("mine", "gtp", {}, "params.yaml: there is no variant 'gtp'; did you mean 'gpt'? choose from uniform, count,"),
        ("My GPT", "gpt", {}, "params.yaml: variants.'My GPT': string should match pattern"),
        (
            "mine",
            "gpt",
            {"n_layers": 4},
            "params.yaml: variants.mine: n_layers: unknown key; did you mean 'n_layer'? allowed",
        ),
        ("mine", "gpt", {"n_layer": 0}, "params.yaml: variants.mine: n_layer: input should be greater than or equal"),
        ("mine", "gpt", {"model": "mlp"}, "params.yaml: variants.mine: "),
    ],
)
def test_refused_variants_change_nothing(name: str, like: str, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as error:
        new_variant(name, like, settings)
    assert str(error.value).startswith(message)
    assert text() == ORIGINAL


@pytest.mark.parametrize(
    ("old", "new"),
    [("variants:\n", "variants: &v\n"), ("  gpt: &gpt ", "  ? gpt\n  : &gpt ")],
)
def test_other_styles_of_yaml_are_left_to_people(old: str, new: str) -> None:
    PARAMS.write_text(ORIGINAL.replace(old, new), encoding="utf-8")
    before = text()
    with pytest.raises(UserError, match="the variants are not one block of indented entries; add the variant by hand"):
        new_variant("mine", "gpt", {})
    assert text() == before


def test_settings_are_yaml() -> None:
    settings = ["n_layer=4", "lr=5e-3", "norm=rms", "qk_norm=true", "top_k=null", "name='a=b'"]
    assert parse_settings(settings) == {
        "n_layer": 4,
        "lr": 5e-3,
        "norm": "rms",
        "qk_norm": True,
        "top_k": None,
        "name": "a=b",
    }


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("n_layer", "the setting 'n_layer' is not like n_layer=4"),
        ("=4", "the setting '=4' is not like n_layer=4"),
        ("a.b=4", "the setting 'a.b=4' is not like n_layer=4"),
        ("lr=[", "the setting 'lr=[': not valid YAML: "),
    ],
)
def test_bad_settings(setting: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        parse_settings([setting])
    assert str(error.value).startswith(message)
