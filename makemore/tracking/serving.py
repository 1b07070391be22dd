"""A recorded model, as `mlflow models serve` runs it: names, and how likely names are, over HTTP.

    {"inputs": [{"prefix": "mar", "n": 5, "temperature": 0.8, "seed": 1}]}  ->  {"predictions": [{"names": [...]}]}
    {"inputs": [{"score": ["anna", "xqz"]}]}  ->  {"predictions": [{"scores": [{"name": "anna", "nll": ...}, ...]}]}

Each input is a question of its own, answered in order. What is not given is as in params.yaml when the model was
recorded. The NLL is in nats per symbol, the end marker included. What cannot be answered gets status 400 and says why.

MLflow copies this file and the package into the recorded model and runs it there ("model from code"); the weights lie
beside it as safetensors. Nothing is pickled.
"""

import sys
from pathlib import Path
from typing import Any, cast

from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from pydantic import BaseModel, Field

from makemore import determinism
from makemore.errors import UserError
from makemore.files import read_json
from makemore.params import ComputeParams, SampleParams, Section, parse_section

MOST_NAMES = 10_000  # of one request
SETTINGS = "settings.json"  # the sections of params.yaml that serving needs: compute and sample


class Question(Section):
    """Either names to draw, or names to score."""

    prefix: str | None = None
    n: int | None = Field(default=None, ge=1, le=MOST_NAMES)
    temperature: float | None = None
    top_k: int | None = None
    max_length: int | None = None
    seed: int | None = None
    score: list[str] | None = Field(default=None, min_length=1, max_length=MOST_NAMES)


class Score(BaseModel):
    """How likely a name is: nats per symbol; "Infinity" where the model says never."""

    name: str
    nll: float


class Answer(BaseModel):
    """The names that were asked for, or the scores."""

    names: list[str] | None = None
    scores: list[Score] | None = None


class NameModel(PythonModel):
    """Any model of makemore/models, as MLflow runs it."""

    def load_context(self, context: PythonModelContext) -> None:
        """Loads the weights; in a process that has no torch yet, in the environment that computes the same bytes."""
        folder = Path(context.artifacts["model"])
        settings = read_json(folder / SETTINGS)
        self.sampling = SampleParams.model_validate(settings["sample"])
        compute = ComputeParams.model_validate(settings["compute"])
        if "torch" not in sys.modules:
            determinism.set_environment(compute)
        from makemore import models

        determinism.set_threads(compute)
        self.model = models.load(folder)

    def predict(self, model_input: list[dict[str, Any]]) -> list[Answer]:  # type: ignore[override]
        """An answer to each question, as JSON; MLflow takes the model's signature from the types.

        A question is any mapping to MLflow, which would bury what is wrong with it in its own words; we check it.
        """
        try:
            return cast(list[Answer], [self._answer(question) for question in model_input])
        except UserError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from None

    def _answer(self, question: dict[str, Any]) -> dict[str, Any]:
        given = parse_section(Question, question, "inputs").model_dump(exclude_none=True)
        names = given.pop("score", None)
        if names is None:
            return {"names": self._draw(given)}
        if given:
            raise UserError(f"a question with `score` takes nothing else, not {', '.join(given)}")
        return {"scores": self._score(names)}

    def _draw(self, given: dict[str, Any]) -> list[str]:
        from makemore.sampling import sample

        given["names"] = given.pop("n", 10)
        return sample(self.model, parse_section(SampleParams, self.sampling.model_dump() | given, "inputs"))

    def _score(self, names: list[str]) -> list[dict[str, Any]]:
        from makemore.corpus import encode_rows
        from makemore.evaluation import likelihood

        rows = encode_rows(names, self.model.vocabulary, longest=max(map(len, names)))
        nlls = likelihood(self.model, rows).by_word().tolist()
        return [
            {"name": name, "nll": nll if nll < float("inf") else "Infinity"}
            for name, nll in zip(names, nlls, strict=True)
        ]


set_model(NameModel())
