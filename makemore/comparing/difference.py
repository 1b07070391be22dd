"""The difference of two losses: in words, and as JSON."""

import math
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


def as_json(difference: Difference) -> dict[str, Any]:
    """The difference in nats per symbol, its interval if there are enough names, and the verdict."""
    low, high = map(_number, difference.interval) if difference.interval else (None, None)
    return {"value": _number(difference.value), "low": low, "high": high, "verdict": difference.verdict}


def _number(value: float) -> float | str | None:
    """`value`; null if it is undefined, such as infinity minus infinity. `json_text` knows positive infinity only."""
    return None if math.isnan(value) else "-Infinity" if value == -math.inf else value
