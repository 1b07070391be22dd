"""The parameters to use: those of the project in the current folder, or else those that come with this package."""

from pathlib import Path

from makemore.core.layout import PARAMS
from makemore.core.params import Params, load_params

PACKAGED = Path(__file__).with_name("params.yaml")  # a link to the project's own, so that there is only one


def default_params() -> Params:
    """The parameters in ./params.yaml; without such a file, those that this package was built with.

    Raises UserError if ./params.yaml is invalid.
    """
    return load_params(PARAMS if PARAMS.exists() else PACKAGED)
