"""The Python API, which `import makemore` offers under its own name (docs/python.md).

loading.py     a trained model from the current project, a folder, a commit, or MLflow
fitting.py     a model fitted to your own names, without DVC
model.py       what you get: sample, nll, next, ...

It needs no project except for variants. The command line (makemore/cli) is a thin layer over it.

Torch reads its environment when it is imported, so this package sets it before anything here imports torch.
"""

from makemore.core import determinism

determinism.set_environment()

from makemore.api.fitting import fit  # noqa: E402
from makemore.api.loading import load  # noqa: E402
from makemore.api.model import TrainedModel  # noqa: E402
from makemore.core.errors import UserError  # noqa: E402
from makemore.project.data_check import DataCheck, check_data  # noqa: E402

__all__ = ["DataCheck", "TrainedModel", "UserError", "check_data", "fit", "load"]
