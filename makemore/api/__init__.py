"""The Python API, which `import makemore` offers under its own name (docs/python.md).

loading.py     a trained model from the current project, a folder, a commit, or MLflow
fitting.py     a model fitted to your own names, without DVC
model.py       what you get: sample, nll, next, ...
data_check.py  whether a file of names would work, and with which parameters
variants.py    the variants of the current project; new_variant.py adds one

It needs no project except for variants. The command line (makemore/cli) is a thin layer over it.
"""

from makemore.api.data_check import DataCheck, check_data
from makemore.api.fitting import fit
from makemore.api.loading import load
from makemore.api.model import TrainedModel
from makemore.core.errors import UserError

__all__ = ["DataCheck", "TrainedModel", "UserError", "check_data", "fit", "load"]
