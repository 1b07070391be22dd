"""The variants of the project in the current folder: trained or not, how large, how good."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

from makemore.core.artifacts import read_artifact
from makemore.core.errors import UserError, did_you_mean, shown
from makemore.core.layout import CONFIG_FILE, FOLDERS, METRICS, WEIGHTS_FILE
from makemore.core.params import load_params
from makemore.core.results import Metrics, SavedModel

State = Literal["trained", "changed", "not trained"]
_DEFAULTS = {"smoothing": 0.0}  # what an entry may leave out (models/base/config.py, which imports torch)


class Variant(NamedTuple):
    """An entry of params.yaml.

    state: "changed" if it was trained with other parameters
    n_params: values that the model stores, if there are metrics
    dev_nll: in nats per symbol, if there are metrics
    """

    name: str
    model: str
    state: State
    n_params: int | None
    dev_nll: float | None


def variants() -> list[Variant]:
    """All variants, in the order of params.yaml. The metrics are the committed ones if nothing was trained here.

    Raises UserError if params.yaml or a result is damaged.
    """
    params = load_params()
    return [_variant(name, values, params.folder_of(name)) for name, values in params.all_variants.items()]


def check_trained(name: str) -> None:
    """Raises UserError, with those that would do, if the variant `name` is not trained here, or if this is no project.

    It is quick, so a misspelt name is reported at once.
    """
    load_params()
    found = (path for folder in FOLDERS.values() if folder.exists() for path in folder.iterdir())
    trained = sorted(path.name for path in found if _is_complete(path))
    if name not in trained:
        known = f"trained variants: {', '.join(trained)}" if trained else "`dvc repro` trains all variants"
        raise UserError(f"the variant {shown(name)} is not trained here; {did_you_mean(name, trained)}{known}")


def _variant(name: str, values: dict[str, Any], folder: Path) -> Variant:
    path = METRICS / f"{name}.json"
    metrics = read_artifact(path, Metrics) if path.exists() else None
    n_params, dev_nll = (metrics.n_params, metrics.dev.nll) if metrics else (None, None)
    return Variant(name, str(values.get("model")), _state(folder, values), n_params, dev_nll)


def _state(folder: Path, values: dict[str, Any]) -> State:
    if not _is_complete(folder):
        return "not trained"
    saved, wanted = _complete(read_artifact(folder / CONFIG_FILE, SavedModel).config), _complete(values)
    own = {key: wanted.get(key) for key in saved} if "teacher" in values else wanted  # a student's model has no teacher
    return "trained" if saved == own else "changed"


def _complete(values: dict[str, Any]) -> dict[str, Any]:
    """`values` with what they leave out, also in the members of an ensemble."""
    members = {name: _DEFAULTS | own for name, own in values.get("members", {}).items()}
    return _DEFAULTS | values | ({"members": members} if members else {})


def _is_complete(folder: Path) -> bool:
    """Whether a model is there: `dvc checkout` writes those of its files that DVC's cache has."""
    return (folder / WEIGHTS_FILE).exists() and (folder / CONFIG_FILE).exists()
