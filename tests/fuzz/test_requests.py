"""Any request to a served model gets an answer, or status 400 and one line; the model is called in process."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mlflow.exceptions import MlflowException
from mlflow.pyfunc.model import PythonModelContext

from makemore.core.files import write_json
from makemore.core.layout import SETTINGS_FILE
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.serving.model import NameModel
from makemore.training.fit import fit
from tests.conftest import CONFIGS, PARAMS
from tests.fuzz import EXAMPLES

TEXT = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=20) | st.text("ame", max_size=10)
NUMBERS = st.integers(-2, 40) | st.integers() | st.floats() | st.sampled_from([10**9, 2**63, 2**64, 1e308, 1e-308])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=10,
)
LONG = st.sampled_from(["a" * 9_999, "a" * 10_001, "am" * 2_000])
KEYS = {
    "prefix": TEXT | LONG,
    "n": NUMBERS,
    "temperature": NUMBERS,
    "top_k": NUMBERS,
    "max_length": NUMBERS,
    "seed": NUMBERS,
    "score": st.lists(TEXT | LONG, max_size=5) | st.sampled_from([["a"] * 10_000, ["a"] * 10_001]),
}
QUESTIONS = st.fixed_dictionaries({}, optional={key: values | JSON for key, values in KEYS.items()}) | JSON
PLAUSIBLE = st.fixed_dictionaries({}, optional={key: KEYS[key] for key in ("prefix", "n", "temperature", "max_length")})


@pytest.fixture(scope="module", params=["gpt", "rnn", "ngram", "count"])
def model(request: pytest.FixtureRequest, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> NameModel:
    """A small model as MLflow loads it."""
    folder: Path = tmp_path_factory.mktemp("model")
    fitted, _ = fit(catalog.parse_config(request.param, CONFIGS[request.param]), corpus, request.param)
    catalog.save(fitted, folder)
    write_json(folder / SETTINGS_FILE, {"sample": PARAMS.sample.model_dump(), "compute": PARAMS.compute.model_dump()})
    served = NameModel()
    served.load_context(cast(PythonModelContext, SimpleNamespace(artifacts={"model": str(folder)})))
    return served


def check_refusal(refusal: MlflowException) -> None:
    assert refusal.error_code == "INVALID_PARAMETER_VALUE"
    assert len(refusal.message.splitlines()) == 1
    assert len(refusal.message) < 600 or refusal.message.startswith("Failed to validate data against type hint")
    json.dumps(refusal.message).encode()


@settings(max_examples=EXAMPLES)
@given(questions=st.lists(QUESTIONS | PLAUSIBLE, max_size=3))
def test_any_question_is_answered_or_refused(model: NameModel, questions: list[Any]) -> None:
    try:
        answers = model.predict(questions)
    except MlflowException as refusal:
        check_refusal(refusal)
    else:
        assert len(answers) == len(questions)
        assert json.loads(json.dumps(answers, allow_nan=False)) == answers
