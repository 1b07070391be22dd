"""Secrets in the address of the store: refused in an HTTP address, masked in every message about any other."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import make_url

from makemore.core.errors import UserError
from makemore.tracking.address import sqlite_file, store_uri
from makemore.tracking.limits import queries, reason

SECRET = "hunter2"  # noqa: S105


@pytest.mark.parametrize(
    "uri",
    [
        "http://me:hunter2@host",
        "https://hunter2@host",
        "https://:hunter2@host/path",
        "http://me:hunter2/x@host",
        "http://me:hunter2",
        "http://hunter2/x@host",
        "http://me:hunter2%40host",
        "http:me:hunter2@host",
        "http:/me:hunter2@host",
        "http:\\\\me:hunter2@host",
        " HTTPS://me:hunter2@host",
        "http://host?password=hunter2",
        "https://host:5000/mlflow?token=hunter2",
        "https://host/#hunter2",
        "https://host;key=hunter2",
    ],
)
def test_http_address_with_a_secret_is_refused_and_not_shown(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    from makemore.tracking.store import open_store

    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    with pytest.raises(UserError) as error, queries():
        open_store(Path(), "makemore")
    assert SECRET not in str(error.value)
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"):
        assert name in str(error.value)


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:5000",
        "https://mlflow.example.org/team-1/~me/",
        "HTTP://host",
        "http://[::1]:5000",
        "postgresql://me:hunter2@db/mlflow",  # a database needs its password in the address
        "sqlite:////srv/mlflow.db",
        "sqlite:///:memory:",
        "file:///srv/mlruns",
        "/srv/mlruns",
        "databricks",
        "databricks://profile",
    ],
)
def test_ordinary_address_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert store_uri(Path()) == uri


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sqlite:///mlflow.db", "sqlite:///{root}/mlflow.db"),
        ("sqlite:///./runs/ml flow.db?timeout=60", "sqlite:///{root}/runs/ml flow.db?timeout=60"),
        ("./mlruns", "{root}/mlruns"),
        ("mlruns", "{root}/mlruns"),
        ("file:./mlruns", "file://{root}/mlruns"),
    ],
)
def test_relative_address_counts_from_the_folder_of_the_user(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uri: str, expected: str
) -> None:
    """As in a temporary clone, whose stages get the user's folder from DVC_ROOT."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    (tmp_path / "clone").mkdir()
    monkeypatch.chdir(tmp_path / "clone")
    assert store_uri(tmp_path) == expected.format(root=tmp_path)


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://me:hunter2@db/mlflow",
        "postgresql://me:hunter2/and@more@db/mlflow",
        "postgresql://db/mlflow?user=me&password=hunter2",
        "postgresql://db/mlflow?sslmode=require&sslpassword=hunter2&x=1",
        "mysql+pymysql://db/mlflow?passwd=hunter2",
        "mssql://db/mlflow?api_key=hunter2;TOKEN=hunter2",
        "me:hunter2@db",
        "ftp://me:hunter2@host",
    ],
)
def test_secret_is_masked_in_every_message(monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    for message in (f"got unsupported URI '{uri}'", f"password {SECRET} is wrong", f"{'x' * 230} at {uri}"):
        assert "hunt" not in reason(ValueError(message)), "also if the message is cut in the middle of it"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(password=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=12))
def test_any_password_of_a_database_is_masked(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    uri = f"postgresql://me:{password}@db/mlflow"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    for message in (uri, f"authentication failed: {password}", repr(uri)):
        assert password not in reason(ValueError(message))


@pytest.mark.parametrize("uri", ["", None])
def test_default_is_a_database_in_the_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uri: str | None) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if uri is not None:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    assert store_uri(tmp_path) == f"sqlite:///{tmp_path}/mlflow.db"


@pytest.mark.parametrize("name", ["plain", "my prö%25j", "100%", "a#b", "a?b%3Fc#d"])
def test_folder_of_any_name_has_a_store(name: str, tmp_path: Path) -> None:
    uri = store_uri(tmp_path / name)
    assert sqlite_file(uri) == tmp_path / name / "mlflow.db"
    assert make_url(uri).database == str(tmp_path / name / "mlflow.db")
