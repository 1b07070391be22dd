"""A logged model, as `mlflow models serve` runs it: samples and scores names over HTTP.

    {"inputs": [{"prefix": "mar", "n": 5, "temperature": 0.8, "seed": 1}]}  ->  {"predictions": [{"names": [...]}]}
    {"inputs": [{"score": ["anna", "xqz"]}]}
        ->  {"predictions": [{"scores": [{"name": "anna", "nats_per_symbol": ...}, ...]}]}

Each input is a separate question, and the answers are in the same order. `n` defaults to 10; the other defaults are
those of params.yaml when the model was logged. Scores are NLLs, including the end marker; a name that cannot be scored
has null and a `reason`. If a question cannot be answered, the response is status 400 and the reason.

MLflow copies this file and the package into the logged model and runs them there ("model from code"). The weights are
stored next to them as safetensors. Nothing is pickled.

A process has only one package `makemore`: the first that it imports. A model that was logged with different code
refuses to load there, because it would run code that is not its own. The check comes before the other imports, which
could fail with different code.
"""

import logging
import math
import threading
from pathlib import Path
from typing import Annotated, Any, cast

from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INTERNAL_ERROR, INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext
from pydantic import BaseModel, Field, StringConstraints

import makemore


def _code(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.py")}


_RECORDED, _IMPORTED = Path(__file__).parent / "code" / "makemore", Path(makemore.__file__).parent
if _RECORDED.is_dir() and _code(_RECORDED) != _code(_IMPORTED):
    raise ImportError(
        f"this process already runs another version of makemore, from {_IMPORTED}; load this model in a process of its "
        f"own, so that it runs the code recorded with it ({_RECORDED})"
    )

from makemore.core import determinism  # noqa: E402
from makemore.core.errors import UserError  # noqa: E402
from makemore.core.files import INFINITY, read_json  # noqa: E402
from makemore.core.layout import SETTINGS_FILE  # noqa: E402
from makemore.core.params import MOST_CHARACTERS, ComputeParams, SampleParams, Section, parse_section  # noqa: E402

# What one request may ask for; docs/tracking.md has the table.
MOST_QUESTIONS = 100
MOST_NAMES = 10_000  # in one question
MOST_SYMBOLS = 5_000_000  # sampled or scored
LEAST_NAMES = 50  # as which fewer names in a question count: sampled alone, each takes much longer
LONGEST_REASON = 500  # characters of an error message

Text = Annotated[str, StringConstraints(max_length=MOST_CHARACTERS)]


class Question(Section):
    """Either names to sample, or names to score."""

    prefix: Text | None = None
    n: int | None = Field(default=None, ge=1, le=MOST_NAMES)
    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    max_length: int | None = None
    seed: int | None = None
    score: list[Text] | None = Field(default=None, min_length=1, max_length=MOST_NAMES)


class Score(BaseModel):
    """How likely a name is; "Infinity" if the model rules it out, None with a reason if it cannot be scored."""

    name: str
    nats_per_symbol: float | None
    reason: str | None = None


class Answer(BaseModel):
    """Sampled names, or scores."""

    names: list[str] | None = None
    scores: list[Score] | None = None


class NameModel(PythonModel):
    """Any of our models, as MLflow runs it."""

    def load_context(self, context: PythonModelContext) -> None:
        """Loads the weights. It computes what the pipeline computes."""
        folder = Path(context.artifacts["model"])
        settings = read_json(folder / SETTINGS_FILE)
        self.sample_params = SampleParams.model_validate(settings["sample"])
        determinism.configure(ComputeParams.model_validate(settings["compute"]))
        from makemore.models.base.catalog import load

        self.model = load(folder)
        self._computing = threading.Lock()  # MLflow calls `predict` in several threads, but one request has all cores

    def predict(self, model_input: list[dict[str, Any]]) -> list[Answer]:  # type: ignore[override]
        """The answer to each question, as JSON. MLflow derives the signature of the model from the type hints.

        A question is declared as a plain dictionary and validated here, so that error messages are ours, and short.

        Raises MlflowException with one line: MLflow answers any other exception with its stack trace.
        """
        try:
            questions = self._parse_all(model_input)
            with self._computing:
                return cast(list[Answer], [self._answer(question) for question in questions])
        except UserError as error:
            raise MlflowException(_shortened(str(error)), error_code=INVALID_PARAMETER_VALUE) from None
        except Exception:
            logging.getLogger(__name__).exception("a request could not be answered")
            message = "the server failed to answer; its log says why"
            raise MlflowException(message, error_code=INTERNAL_ERROR) from None

    def _parse_all(self, given: list[Any]) -> list[list[str] | SampleParams]:
        """The questions, if they are within the limits."""
        if len(given) > MOST_QUESTIONS:
            raise UserError(f"{len(given):,} questions; at most {MOST_QUESTIONS} are allowed")
        questions = [self._parse(question) for question in given]
        symbols = sum(_symbols(question) for question in questions)
        if symbols > MOST_SYMBOLS:
            raise UserError(
                f"{symbols:,} symbols (names drawn * max_length, or the characters to score); at most {MOST_SYMBOLS:,} "
                "are allowed in one request"
            )
        return questions

    def _parse(self, given: Any) -> list[str] | SampleParams:
        """The names to score, or how to sample names."""
        question = parse_section(Question, given, "inputs").model_dump(exclude_none=True)
        names: list[str] | None = question.pop("score", None)
        if names is None:
            question["names"] = question.pop("n", 10)
            return parse_section(SampleParams, self.sample_params.model_dump() | question, "inputs")
        if question:
            raise UserError(f"a question with `score` takes nothing else, not {', '.join(question)}")
        return names

    def _answer(self, question: list[str] | SampleParams) -> dict[str, Any]:
        from makemore.evaluation import score, score_list
        from makemore.sampling import sample

        if isinstance(question, SampleParams):
            return {"names": sample(self.model, question)}
        found = zip(question, score_list(self.model, question, score), strict=True)
        return {"scores": [_score(name, nll, reason) for name, (nll, reason) in found]}


def _score(name: str, nll: float | None, reason: str) -> dict[str, Any]:
    if nll is None:
        return {"name": name, "nats_per_symbol": None, "reason": reason}
    return {"name": name, "nats_per_symbol": INFINITY if math.isinf(nll) else nll}


def _symbols(question: list[str] | SampleParams) -> int:
    """The number of symbols to compute, at most."""
    if isinstance(question, SampleParams):
        return max(question.names, LEAST_NAMES) * question.max_length
    return sum(len(name) + 1 for name in question)


def _shortened(reason: str) -> str:
    """`reason` on one line, truncated in the middle: a question of megabytes may be part of it."""
    line = "; ".join(reason.splitlines())
    return line if len(line) <= LONGEST_REASON else f"{line[: LONGEST_REASON // 2]}...{line[-LONGEST_REASON // 2 :]}"


set_model(NameModel())
