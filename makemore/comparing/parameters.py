"""Which parameters differ between two versions of params.yaml."""

from typing import Any

from makemore.report.escape import markdown_table

Changed = dict[str, tuple[str | None, str | None]]  # by dotted names: before and now, None where there was or is none


def changed_parameters(before: dict[str, Any], now: dict[str, Any]) -> Changed:
    """The parameters that differ between the contents of two files."""
    old, new = _flat(before), _flat(now)
    names = [*new, *(name for name in old if name not in new)]
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def parameter_table(changed: Changed) -> str:
    """A table for people; empty if nothing differs."""
    rows = [[name, *("–" if value is None else value for value in values)] for name, values in changed.items()]
    return markdown_table([["changed parameter", "before", "now"], *rows]) if rows else ""


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested values by their dotted keys, such as variants.gpt.lr."""
    flat: dict[str, str] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": str(value)}
    return flat
