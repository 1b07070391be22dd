"""The parameters to use: those of the project in the current folder, or else those of this repository."""

from makemore.core.layout import PARAMS
from makemore.core.params import Params, load_params
from makemore.project.init import shared_files


def default_params() -> Params:
    """The parameters in ./params.yaml; without such a file, those that this package was built with.

    Raises UserError if ./params.yaml is invalid.
    """
    return load_params(PARAMS if PARAMS.exists() else shared_files() / PARAMS)
