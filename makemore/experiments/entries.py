"""The variants of a sweep, from its settings, such as `variants.gpt.lr=choice(0.002,0.004)`.

Hydra parses the values, as in `dvc exp run --queue -S`: choice(...), range(...), or several with commas. The values of
one variant are combined; each combination is an entry for params.yaml, such as gpt-lr-0p002. A dot becomes p, because
DVC reads `variants.gpt-lr-0.002` in dvc.yaml as a key in a key.
"""

import re
from dataclasses import dataclass
from itertools import islice, product
from math import prod
from typing import Any

from makemore.core.errors import UserError, did_you_mean, shown
from makemore.core.layout import PARAMS
from makemore.core.params import Params

_SEPARATOR = re.compile(r"\s+(?=[~+\w.-]+=)")  # the space before another `key=`
_KEY = re.compile(r"variants\.([^.]+)\.(\w+)")
_MOST = 1000  # entries
_LONGEST = 90  # characters of a name, before a number that makes it unique


@dataclass(frozen=True)
class Entry:
    """A variant that is `like` another one but for `values`."""

    like: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Grid:
    """The new variants by name, and all variants to compare: those, and the ones that they are like.

    A combination of values that a variant has already is no new one.
    """

    entries: dict[str, Entry]
    compared: list[str]


def grid(settings: list[str], params: Params) -> Grid:
    """Every combination of the values in `settings`, each of which may hold several, separated by spaces.

    Raises UserError for what is not a setting, an unknown variant, a parameter that is not one of a variant, and more
    than a thousand combinations.
    """
    values: dict[str, dict[str, list[Any]]] = {}  # variant -> key -> values
    for setting in (each for text in settings for each in _SEPARATOR.split(text.strip())):
        variant, key, found = _parsed(setting, params)
        values.setdefault(variant, {})[key] = found
    if sum(prod(map(len, keys.values())) for keys in values.values()) > _MOST:
        raise UserError(f"more than {_MOST:,} combinations of values; choose fewer")
    known, entries, compared = dict(params.all_variants), dict[str, Entry](), dict[str, None]()
    for variant, keys in values.items():
        compared[variant] = None
        for combination in product(*keys.values()):
            changes = dict(zip(keys, combination, strict=True))
            wanted = params.variants[variant] | changes
            name = next((name for name, values in known.items() if values == wanted), "")
            if not name:
                name = _name(variant, changes, known)
                known[name], entries[name] = wanted, Entry(variant, changes)
            compared[name] = None
    return Grid(entries, [*compared])


def _parsed(setting: str, params: Params) -> tuple[str, str, list[Any]]:
    """The variant, the key and the values of a setting."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.core.override_parser.types import Override, OverrideType, Transformer
    from hydra.errors import HydraException

    try:
        override = OverridesParser.create().parse_override(setting)
        several: Any = (
            override.sweep_iterator(Transformer.identity) if override.is_sweep_override() else [override.value()]
        )
        values = [Override._convert_value(value) for value in islice(several, _MOST + 1)]
    except HydraException:
        values = []
    if not values or override.type is not OverrideType.CHANGE:
        raise UserError(
            f"{shown(setting)} is not a setting like variants.gpt.lr=0.002 or variants.gpt.lr=choice(0.002,0.004)"
        )
    match = _KEY.fullmatch(override.key_or_group)
    if not match:
        raise UserError(
            f"{override.key_or_group}: a sweep compares variants, which share everything else; "
            f"use `dvc exp run -S {override.key_or_group}=...`"
        )
    if match[1] not in params.variants:
        hint = did_you_mean(match[1], params.variants)
        known = ", ".join(params.variants)
        raise UserError(f"{PARAMS}: there is no variant {shown(match[1])}; {hint}choose from {known}")
    return match[1], match[2], values


def _name(variant: str, changes: dict[str, Any], taken: dict[str, Any]) -> str:
    """A new name, such as gpt-lr-0p002-n_layer-4."""
    words = [f"{key}-{'null' if value is None else value}" for key, value in changes.items()]
    text = "-".join([variant, *words]).lower().replace(".", "p").replace("+", "")
    name = wanted = re.sub(r"[^a-z0-9_-]+", "_", text)[:_LONGEST]
    number = 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name
