"""The experiments of a sweep from its settings, such as `variants.gpt.lr=choice(0.002,0.004)`.

DVC and Hydra parse the values and build the grid, exactly as `dvc exp run --queue -S` does.
"""

import re

from makemore.core.errors import UserError, shown
from makemore.core.layout import PARAMS

_SETTING = re.compile(r"\s+(?=\S*?=)")  # the space before another `key=`


def split_settings(text: str) -> list[str]:
    """The settings in `text`, which are separated by spaces. Spaces in quotes or brackets belong to a value."""
    settings, start, depth, quote = [], 0, 0, ""
    for position, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        elif not depth and (space := _SETTING.match(text, position)):
            settings.append(text[start:position].strip())
            start = space.end()
    settings.append(text[start:].strip())
    return [setting for setting in settings if setting]


def grid(settings: list[str]) -> list[list[str]]:
    """The settings of each experiment: every combination of the values, in Hydra's order.

    Raises UserError if Hydra cannot parse a setting.
    """
    from dvc.exceptions import DvcException  # type: ignore[import-untyped]
    from dvc.utils.hydra import get_hydra_sweeps, to_hydra_overrides  # type: ignore[import-untyped]
    from hydra.errors import HydraException

    for setting in settings:
        try:
            to_hydra_overrides([setting])
        except HydraException:
            raise UserError(
                f"{shown(setting)} is not a setting like variants.gpt.lr=0.002 or variants.gpt.lr=choice(0.002,0.004); "
                "quote a value that has special characters: key='a b'"
            ) from None
    try:
        sweeps = get_hydra_sweeps({str(PARAMS): settings})
    except (DvcException, HydraException) as error:
        raise UserError(f"the settings cannot be combined: {' '.join(str(error).split())}") from None
    return [list(sweep[str(PARAMS)]) for sweep in sweeps]
