"""The three sections of params.yaml with variants: which one a variant is in, and whether they fit together."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from makemore.core.errors import did_you_mean, shown

STAGES = {"variants": "train", "ensembles": "combine", "students": "distill"}  # which makes the models of a section
FEWEST_MEMBERS = 2  # of an ensemble

Entries = Mapping[str, Mapping[str, Any]]
Members = Mapping[str, Sequence[str]]  # of each ensemble


def section_of(values: Mapping[str, Any]) -> str:
    """The section of a variant with these parameters: variants, ensembles or students."""
    if values.get("model") == "ensemble":
        return "ensembles"
    return "students" if "teacher" in values else "variants"


def problems(variants: Entries, ensembles: Members, students: Entries, shards: int) -> Iterator[str]:
    """What is wrong with these sections together: a line for each problem. `shards` is compute.shards."""
    for name in [*ensembles, *students]:
        if (name in variants) + (name in ensembles) + (name in students) > 1:
            yield f"{name}: two sections have a variant of this name; rename one"
    for name, values in variants.items():
        if values.get("model") == "ensemble":
            yield f"variants.{name}: an ensemble; move it to the section ensembles"
        if "teacher" in values:
            yield f"variants.{name}: it has a teacher; move it to the section students"
    for name, members in ensembles.items():
        found = (_problem_of(member, members, variants, {*ensembles, *students}) for member in members)
        yield from (f"ensembles.{name}.members: {problem}" for problem in found if problem)
    for name, values in students.items():
        if str(values.get("teacher")) not in ensembles:
            known = f"choose from {', '.join(ensembles)}" if ensembles else "there is none yet"
            yield f"students.{name}.teacher: there is no ensemble {shown(values.get('teacher'))}; {known}"
        if shards > 1:
            yield f"students.{name}: a student needs compute.shards: 1"


def _problem_of(member: str, members: Sequence[str], variants: Entries, others: set[str]) -> str:
    """Why an ensemble with these `members` cannot have this one; empty if it can."""
    if member in others:
        return f"{shown(member)} is an ensemble or a student; members are entries of the section variants"
    if member not in variants:
        return f"{shown(member)} is no variant; {did_you_mean(member, variants)}choose from {', '.join(variants)}"
    if members.count(member) > 1:
        return f"{shown(member)} is named twice; to ask several seeds, add a variant for each"
    return ""
