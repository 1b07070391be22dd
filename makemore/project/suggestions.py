"""Which parameters suit the names of a file.

The bundled corpus has the parameters that were tuned for it. What is suggested for others follows docs/your-data.md:
more names take more steps, but fewer passes over them. Steps grow with names ** 0.75 up to the size of the bundled
corpus, where the learning rate falls to zero about when dev is best; with the square root, training takes twice as
long. `python -m benchmarks small_corpora` measures what is suggested.
"""

import math
from collections.abc import Iterator
from typing import Any

from makemore.core.errors import UserError
from makemore.core.params import MOST_CHARACTERS, Params, parse_section

_MARKERS = ".|#_~^$@+*=;:!?,/&%<>"  # end markers to suggest, the first that occurs in no name
UNUSED_MARKER = "\u2404"  # if all of these occur: the symbol for "end of transmission", which hardly occurs in names
_TUNED = 6_900  # names in train for which the steps in params.yaml were tuned
_FEWEST_STEPS = 50
_SMALLEST_SHARE = 0.05  # of smoothed targets: a smaller one is not worth its memory
_MANY_NAMES = 500_000  # from here on larger batches and longer n-grams pay


def with_changes(params: Params, changes: dict[str, Any]) -> Params:
    """`params` with other values, by their dotted names."""
    values = params.model_dump()
    set_values(values, changes)
    return parse_section(Params, values, "params.yaml")


def set_values(values: dict[str, Any], changes: dict[str, Any]) -> None:
    """Sets values in the nested mappings `values`, by their dotted names."""
    for key, value in changes.items():
        section = values
        *path, last = key.split(".")
        for name in path:
            section = section[name]
        section[last] = value


def suggested(
    params: Params, characters: dict[str, int], longest: int, splits: dict[str, int]
) -> Iterator[tuple[str, Any]]:
    """The parameters that should differ from `params`, besides the file and how it is split."""
    if params.data.end_marker in characters:
        yield "data.end_marker", next((marker for marker in _MARKERS if marker not in characters), UNUSED_MARKER)
    if longest > params.data.max_length:
        yield "data.max_length", longest
    if longest >= params.sample.max_length:
        yield "sample.max_length", min(2 * longest, MOST_CHARACTERS)
    if set(params.sample.prefix) - characters.keys():
        yield "sample.prefix", ""
    yield from _changes_of_variants(params, splits)


def _changes_of_variants(params: Params, splits: dict[str, int]) -> Iterator[tuple[str, Any]]:
    many, ratio = splits["train"] >= _MANY_NAMES, splits["train"] / _TUNED
    for variant, values in params.variants.items():
        if not _is_valid(variant, values):  # `refused` says why
            continue
        if not 0.25 <= ratio <= 4:
            yield from ((f"variants.{variant}.{key}", value) for key, value in _for_size(values, ratio))
        if many and values.get("batch_size", 256) < 256:
            yield f"variants.{variant}.batch_size", 256
        if many and values.get("order") == 5:
            yield f"variants.{variant}.order", 6


def _is_valid(variant: str, values: dict[str, Any]) -> bool:
    from makemore.models.base.catalog import parse_config

    try:
        parse_config(variant, values)
    except UserError:
        return False
    return True


def _for_size(values: dict[str, Any], ratio: float) -> Iterator[tuple[str, float]]:
    """What should differ from `values`, the parameters of a variant, for `ratio` times as many names.

    Warm-up and evaluations move with the steps, so the curve keeps its shape: a model has learned few names by heart
    after some tens of steps, and its best weights are only found if dev is evaluated before. The penalty `l2` is added
    to the mean loss of a symbol, so it has to shrink as names are added to weigh as much as the same number of them.
    The share of smoothed targets shrinks for the same reason; with few names it stays.
    """
    scaled: dict[str, float] = {}
    if "batch_size" in values:
        # To the power of 3/4 or 1/2. Unlike powers, roots are the same on every machine.
        exact = values["steps"] * math.sqrt(ratio * math.sqrt(ratio) if ratio < 1 else ratio)
        steps = max(min(_FEWEST_STEPS, values["steps"]), int(round(exact, -2 if exact >= 1000 else -1)))
        warmup, every = (round(values[key] * steps / values["steps"]) for key in ("warmup_steps", "eval_every"))
        warmup = max(warmup, min(1, values["warmup_steps"]))  # no warm-up remains none
        scaled = {"steps": steps, "warmup_steps": warmup, "eval_every": max(1, every)}
        if share := values.get("smoothing", 0.0):
            smaller = share / (share + (1 - share) * max(1, ratio))
            scaled["smoothing"] = round(smaller, 2) if smaller >= _SMALLEST_SHARE else 0.0
    if "l2" in values:
        scaled["l2"] = float(f"{values['l2'] / ratio:.2g}")
    yield from ((key, value) for key, value in scaled.items() if value != values[key])
