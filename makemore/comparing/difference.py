"""The difference of two losses in words, and a whole comparison as JSON."""

import math
from dataclasses import fields, is_dataclass
from typing import Any

from makemore.statistics.ranking import Difference


def sentence(variant: str, difference: Difference) -> str:
    """What `difference` says about `variant`, with its interval."""
    if difference.interval is None:
        return "too few names to tell them apart"
    interval = f"{difference.value:+.4f} nats per symbol, 95% interval {span(difference)}"
    if difference.verdict == "cannot tell":
        return f"they cannot be told apart ({interval})"
    return f"{variant} is {difference.verdict} ({interval})"


def span(difference: Difference) -> str:
    """The interval of a difference as text."""
    if difference.interval is None:
        return "–"
    return f"{difference.interval.low:+.4f} to {difference.interval.high:+.4f}"


def as_json(value: Any) -> Any:
    """A comparison for programs: each dataclass with its fields, in their order.

    A difference is in nats per symbol, with its interval, if there are enough names, and the verdict.
    """
    if isinstance(value, Difference):
        low, high = map(_number, value.interval) if value.interval else (None, None)
        return {"value": _number(value.value), "low": low, "high": high, "verdict": value.verdict}
    if is_dataclass(value):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, dict):
        return {key: as_json(each) for key, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list) else value


def _number(value: float) -> float | str | None:
    """`value`; null if it is undefined, such as infinity minus infinity. `json_text` knows positive infinity only."""
    return None if math.isnan(value) else "-Infinity" if value == -math.inf else value
