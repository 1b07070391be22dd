"""A logged model, as `mlflow models serve` runs it: samples names and scores names over HTTP.

    {"inputs": [{"prefix": "mar", "n": 5, "temperature": 0.8, "seed": 1}]}  ->  {"predictions": [{"names": [...]}]}
    {"inputs": [{"score": ["anna", "xqz"]}]}  ->  {"predictions": [{"scores": [{"name": "anna", "nll": ...}, ...]}]}

Each input is a separate question, and answers are in the same order. Defaults are those of params.yaml when the model
was logged. The NLL is in nats per symbol, including the end marker. A question that cannot be answered gets status 400
and the reason.

MLflow copies this file and the package into the logged model and runs them there ("model from code"). The weights are
stored next to them as safetensors. Nothing is pickled.

A process has one package `makemore`: the first that it imports. A model whose recorded code is another refuses to load
there, because it would run code that is not its own; the check comes before the other imports, which may not fit.
"""

import math
import sys
from pathlib import Path
from typing import Any, cast

from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from pydantic import BaseModel, Field

import makemore


def _check_code(recorded: Path, imported: Path) -> None:
    """Raises ImportError if the package `imported` is not the code in `recorded`, which is beside a logged model."""

    def code(folder: Path) -> dict[Path, bytes]:
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.py")}

    if recorded.is_dir() and code(recorded) != code(imported):
        raise ImportError(
            f"this process already runs another version of makemore, from {imported}; load this model in a process of "
            f"its own, so that it runs the code recorded with it ({recorded})"
        )


_check_code(Path(__file__).parent / "code" / "makemore", Path(makemore.__file__).parent)

from makemore.core import determinism  # noqa: E402
from makemore.core.errors import UserError  # noqa: E402
from makemore.core.files import INFINITY, read_json  # noqa: E402
from makemore.core.layout import SETTINGS_FILE  # noqa: E402
from makemore.core.params import ComputeParams, SampleParams, Section, parse_section  # noqa: E402

MOST_NAMES = 10_000  # in one question


class Question(Section):
    """Either names to sample, or names to score."""

    prefix: str | None = None
    n: int | None = Field(default=None, ge=1, le=MOST_NAMES)
    temperature: float | None = None
    top_k: int | None = None
    max_length: int | None = None
    seed: int | None = None
    score: list[str] | None = Field(default=None, min_length=1, max_length=MOST_NAMES)


class Score(BaseModel):
    """How likely a name is, in nats per symbol; "Infinity" if the model rules it out."""

    name: str
    nll: float


class Answer(BaseModel):
    """Sampled names, or scores."""

    names: list[str] | None = None
    scores: list[Score] | None = None


class NameModel(PythonModel):
    """Any of our models, as MLflow runs it."""

    def load_context(self, context: PythonModelContext) -> None:
        """Loads the weights. Torch computes the same bytes as in the pipeline, unless it is imported already."""
        folder = Path(context.artifacts["model"])
        settings = read_json(folder / SETTINGS_FILE)
        self.sample_params = SampleParams.model_validate(settings["sample"])
        compute = ComputeParams.model_validate(settings["compute"])
        if "torch" in sys.modules:
            determinism.configure_torch(compute)
        else:
            determinism.start(compute)
        from makemore.models.base.catalog import load

        self.model = load(folder)

    def predict(self, model_input: list[dict[str, Any]]) -> list[Answer]:  # type: ignore[override]
        """The answer to each question, as JSON. MLflow derives the signature of the model from the type hints.

        A question is declared as a plain dictionary and validated here, so that the error message is ours and short.
        """
        try:
            return cast(list[Answer], [self._answer(question) for question in model_input])
        except UserError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from None

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        given = parse_section(Question, question, "inputs").model_dump(exclude_none=True)
        names = given.pop("score", None)
        if names is None:
            return {"names": self._sample(given)}
        if given:
            raise UserError(f"a question with `score` takes nothing else, not {', '.join(given)}")
        return {"scores": self._score(names)}

    def _sample(self, given: dict[str, Any]) -> list[str]:
        from makemore.sampling import sample

        given["names"] = given.pop("n", 10)
        return sample(self.model, parse_section(SampleParams, self.sample_params.model_dump() | given, "inputs"))

    def _score(self, names: list[str]) -> list[dict[str, Any]]:
        from makemore.evaluation import score

        nlls = score(self.model, names)
        return [
            {"name": name, "nll": INFINITY if math.isinf(nll) else nll} for name, nll in zip(names, nlls, strict=True)
        ]


set_model(NameModel())
