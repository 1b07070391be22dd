"""The Python API, which `import makemore` offers under its own name (docs/python.md).

load.py        a trained model from the current project, a folder, a commit, or MLflow
fit.py         a model fitted to your own names, without DVC
model.py       what you get: sample, nll, next, ...
data_check.py  whether a file of names would work, and with which parameters
variants.py    the variants of the current project; new_variant.py adds one

It needs no project except for variants. The command line (makemore/cli) is a thin layer over it.
"""

from makemore.api.data_check import DataCheck, check_data
from makemore.api.fit import fit
from makemore.api.load import load
from makemore.api.model import TrainedModel
from makemore.core.errors import UserError

__all__ = ["DataCheck", "TrainedModel", "UserError", "check_data", "fit", "load"]
