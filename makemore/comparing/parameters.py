"""Which parameters differ between two versions of params.yaml."""

from typing import Any

from makemore.core.yaml import flat_values
from makemore.report.escape import markdown_table

Changed = dict[str, tuple[str | None, str | None]]  # by dotted names: before and now, None where there was or is none


def changed_parameters(before: dict[str, Any], now: dict[str, Any]) -> Changed:
    """The parameters that differ between the contents of two files."""
    old, new = dict(flat_values(before)), dict(flat_values(now))
    names = [*new, *(name for name in old if name not in new)]
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def parameter_table(changed: Changed) -> str:
    """A table for people; empty if nothing differs."""
    rows = [[name, *("–" if value is None else value for value in values)] for name, values in changed.items()]
    return markdown_table([["changed parameter", "before", "now"], *rows]) if rows else ""
