"""Models in MLflow's model registry, and which of them is the champion.

Each run has one logged model (logged_model.py), which is one version of the registered model named after the
experiment. For each corpus, the alias `champion-<first 8 digits of the corpus's hash>` marks the version with the
lowest dev NLL. The alias `champion` belongs to the corpus for which it was first set, because losses on different
corpora are not comparable. If you delete the alias, the next `dvc repro` sets it for the current corpus.
"""

from contextlib import suppress

from mlflow.entities import LoggedModel, Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from makemore.tracking.logged_model import models_of
from makemore.tracking.store import Store
from makemore.tracking.texts import description
from makemore.tracking.variant import TrackedVariant

CHAMPION, CORPUS, DEV_NLL = "champion", "makemore.corpus", "dev.nll"


def register(store: Store, run: Run, model: LoggedModel, results: TrackedVariant) -> None:
    """Makes the logged model of `run` one version of the registered model."""
    with suppress(MlflowException):  # it already exists; if it could not be created, the next call says why
        store.client.create_registered_model(store.name)
    tags = {"variant": results.variant, CORPUS: results.hash_of_corpus, DEV_NLL: str(results.numbers()["dev.nll"])}
    version = store.client.create_model_version(
        store.name, f"models:/{model.model_id}", run.info.run_id, tags, await_creation_for=0, model_id=model.model_id
    )
    for other in versions_of(store, run):
        if other.version != version.version:  # created twice, because a response was lost
            store.client.delete_model_version(store.name, other.version)


def describe(store: Store, run: Run, results: TrackedVariant) -> None:
    """If the model card is about this variant, it becomes the description of the version of `run`.

    A version that has a description keeps it: people may edit it in the UI.
    """
    if card := description(results.variant):
        for version in versions_of(store, run):
            if not version.description:
                store.client.update_model_version(store.name, version.version, card)


def unregister(store: Store, run: Run) -> None:
    """Deletes the model versions and logged models of `run`."""
    for version in versions_of(store, run):
        store.client.delete_model_version(store.name, version.version)
    for model in models_of(store, run):
        store.client.delete_logged_model(model.model_id)


def versions_of(store: Store, run: Run) -> list[ModelVersion]:
    """All versions of the registered model that belong to `run`."""
    return list(store.client.search_model_versions(f"name = '{store.name}' and run_id = '{run.info.run_id}'"))


def update_champion(store: Store, corpus: str) -> None:
    """Sets the aliases for the corpus with the hash `corpus`. They move only to a version that is better."""
    found = store.client.search_model_versions(f"name = '{store.name}' and tags.`{CORPUS}` = '{corpus}'")
    ranked = sorted(found, key=lambda each: (float(each.tags[DEV_NLL]), int(each.version)))
    if not ranked:
        return
    champion = _alias(store, CHAMPION)
    aliases = [f"{CHAMPION}-{corpus[:8]}"]
    if champion is None or champion.tags.get(CORPUS) == corpus:
        aliases.append(CHAMPION)
    for alias in aliases:
        holder = _alias(store, alias)
        if holder is None or float(ranked[0].tags[DEV_NLL]) < float(holder.tags[DEV_NLL]):
            store.client.set_registered_model_alias(store.name, alias, ranked[0].version)


def _alias(store: Store, alias: str) -> ModelVersion | None:
    try:
        return store.client.get_model_version_by_alias(store.name, alias)
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return None
        raise
