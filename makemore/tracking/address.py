"""Where the MLflow store is: MLFLOW_TRACKING_URI, or mlflow.db (SQLite) in the root; and whether it can be used.

The artifacts of a SQLite store are in the folder mlruns next to its file. An HTTP address ends up in links and logs, so
one with anything beyond scheme, host, port and path is refused: MLflow reads user name, password and token from other
variables. The address of a database has to contain its password; messages mask it (limits.py).
"""

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

from makemore.tracking.limits import reason, time_limit

SECONDS_TO_OPEN = 20
_SERVICES = {"databricks", "databricks-uc", "uc"}  # to MLflow, these words are no folders
HTTP = re.compile(r"https?://([\w.-]+|\[[0-9a-f:.]+\])(:\d+)?(/[\w./~%+-]*)?", re.IGNORECASE)


class StoreError(Exception):
    """The store cannot be used until the user does something; the message says what."""


def store_uri(root: Path) -> str:
    """The address of the store; one that is relative, such as sqlite:///mlflow.db or ./mlruns, counts from `root`.

    Raises StoreError for one with a user name or password.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    if re.match(r"\W*https?\W", uri, re.IGNORECASE) and not HTTP.fullmatch(uri):
        raise StoreError(
            "MLFLOW_TRACKING_URI contains a user name or password, or something else than host, port and path, which "
            "would end up in logs; remove it and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
            "MLFLOW_TRACKING_TOKEN, instead"
        )
    return _absolute(uri, root.resolve())


def _absolute(uri: str, root: Path) -> str:
    """`uri` without relative paths: MLflow would take them from the folder of the process, such as a clone."""
    if (match := re.fullmatch(r"(sqlite:///)(?!/|file:)([^?]+)(.*)", uri)) and match[2] != ":memory:":
        return sqlite_uri(root / unquote(match[2])) + match[3]
    if match := re.fullmatch(r"file:(?!/)(.+)", uri):
        return (root / unquote(match[1])).as_uri()
    if ":" in uri or uri in _SERVICES:
        return uri
    return str(root / uri)


def sqlite_uri(path: Path) -> str:
    """The address of the SQLite store in the file at `path`. SQLAlchemy decodes it: a folder may be called 100%25."""
    return "sqlite:///" + str(path).replace("%", "%25").replace("?", "%3F")


def sqlite_file(uri: str) -> Path | None:
    """The file of a SQLite store; None for any other store."""
    prefix = "sqlite:///"
    return Path(unquote(uri.removeprefix(prefix).partition("?")[0])).absolute() if uri.startswith(prefix) else None


def check_sqlite(path: Path) -> None:
    """Raises StoreError if `path` is not a SQLite file that can be written to. A locked one passes: MLflow waits."""
    if not path.exists():
        return
    try:
        with closing(
            sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None)
        ) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("PRAGMA user_version = 0")  # a write; closing the connection rolls it back
    except sqlite3.Error as error:
        if "locked" not in str(error):
            raise StoreError(
                f"{path}: {error}; make it a writable SQLite file, or move it away, and `dvc repro` creates a new one"
            ) from None


def store_problem(root: Path) -> str:
    """Why the store of the repository at `root` cannot be used now; empty if it can be. Creates nothing."""
    try:
        uri = store_uri(root)
        file = sqlite_file(uri)
        with time_limit(SECONDS_TO_OPEN):
            if file is None:
                from mlflow import MlflowClient  # takes a second, which the usual store does not need

                MlflowClient(uri).search_experiments(max_results=1)
            elif file.exists():
                check_sqlite(file)
            elif not os.access(file.parent, os.W_OK):
                return f"{file.parent}: not a folder that can be written to"
    except Exception as error:  # MLflow, SQLite and the network raise many kinds
        return reason(error)
    return ""
