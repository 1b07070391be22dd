"""Sections of params.yaml together: members of ensembles, teachers of students, names."""

from typing import Any

import pytest

from makemore.core.errors import UserError
from makemore.core.params import Params, parse_section
from makemore.models.base.catalog import parse_config
from tests.conftest import CONFIGS, PARAMS

STUDENT = CONFIGS["gpt"] | {"teacher": "both", "sampled_names": 10, "sampled_share": 0.5}


def params(
    members: tuple[str, ...] = ("gpt", "count"),
    students: dict[str, Any] | None = None,
    shards: int = 1,
    variants: dict[str, Any] | None = None,
) -> Params:
    values = PARAMS.model_dump()
    both = {"model": "ensemble", "members": [*members], "weights": "fitted"}
    values |= {
        "variants": {"gpt": CONFIGS["gpt"], "count": CONFIGS["count"]} | (variants or {}),
        "ensembles": {"both": both},
        "students": {"pupil": STUDENT} if students is None else students,
    }
    values["compute"]["shards"] = shards
    return parse_section(Params, values, "params.yaml")


def test_variants_are_those_of_all_sections_in_the_order_of_the_pipeline() -> None:
    found = params()
    assert list(found.all_variants) == ["gpt", "count", "both", "pupil"]
    assert found.all_variants["both"]["members"] == {name: CONFIGS[name] for name in ("gpt", "count")}
    assert found.of_variant("both", ())["members"] == ["gpt", "count"], "what MLflow shows"
    folders = [found.folder_of(variant).as_posix().removeprefix("artifacts/") for variant in found.all_variants]
    assert found.folder_of("trained before").as_posix() == "artifacts/models/trained before"  # no longer in params.yaml
    assert folders == ["models/gpt", "models/count", "ensembles/both", "students/pupil"]
    for variant, values in found.all_variants.items():
        assert parse_config(variant, values).model == values["model"]


def test_several_seeds_of_a_variant_are_several_members() -> None:
    found = params(("gpt", "gpt-2"), variants={"gpt-2": CONFIGS["gpt"] | {"seed": 2}})
    assert [values["seed"] for values in found.all_variants["both"]["members"].values()] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"members": ["gpt", "cuont"]}, "ensembles.both.members: 'cuont' is no variant; did you mean 'count'?"),
        ({"members": ["gpt", "gpt"]}, "ensembles.both.members: 'gpt' is named twice; to ask several seeds, add"),
        ({"members": ["gpt", "both"]}, "ensembles.both.members: 'both' is an ensemble or a student"),
        ({"members": ["gpt", "pupil"]}, "ensembles.both.members: 'pupil' is an ensemble or a student"),
        ({"variants": {"both": CONFIGS["count"]}}, "both: two sections have a variant of this name; rename one"),
        ({"variants": {"other": CONFIGS["ensemble"]}}, "variants.other: an ensemble; move it to the section ensembles"),
        ({"variants": {"other": STUDENT}}, "variants.other: it has a teacher; move it to the section students"),
        ({"students": {"x": STUDENT | {"teacher": "gpt"}}}, "students.x.teacher: there is no ensemble 'gpt'; choose"),
        ({"shards": 2}, "students.pupil: a student needs compute.shards: 1"),
    ],
)
def test_sections_that_do_not_fit_together_are_refused_in_one_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError) as found:
        params(**changes)
    assert str(found.value).startswith(f"params.yaml: {message}")
    assert "\n" not in str(found.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sampled_share": 1.0}, "params.yaml: students.pupil: sampled_share: input should be less than 1"),
        ({"smoothing": 1.0}, "params.yaml: students.pupil: smoothing: input should be less than 1"),
        ({"sampled_names": 0}, "params.yaml: students.pupil: sampled_share: must be above 0 if sampled_names is, and"),
        ({"n_layer": 0}, "params.yaml: students.pupil: n_layer: input should be greater than or equal to 1"),
    ],
)
def test_student_has_the_parameters_of_its_model_and_those_of_teaching(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse_config("pupil", STUDENT | changes)


def test_model_that_the_loop_does_not_train_is_no_student() -> None:
    teaching = {key: value for key, value in STUDENT.items() if key not in CONFIGS["gpt"]}
    with pytest.raises(UserError, match=r"students\.pupil\.model: 'count' cannot learn from a teacher"):
        parse_config("pupil", CONFIGS["count"] | teaching)
