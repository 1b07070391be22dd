"""The address of the store."""

from pathlib import Path

import pytest

from makemore.tracking.address import StoreError, store_uri


@pytest.mark.parametrize("uri", ["http://me:hunter2@host:5000", "https://me@host", "https://:hunter2@host/path"])
def test_address_with_a_password_is_refused(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(StoreError, match="MLFLOW_TRACKING_URI contains a user name or password") as error:
        store_uri(Path())
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize("uri", ["http://host:5000", "https://host/path", "postgresql://me:hunter2@db/mlflow"])
def test_other_addresses_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    """A database needs its password in the address; MLflow masks it."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert store_uri(Path()) == uri


@pytest.mark.parametrize("uri", ["", None])
def test_default_is_a_database_in_the_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uri: str | None) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if uri is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert store_uri(tmp_path) == f"sqlite:///{tmp_path}/mlflow.db"
