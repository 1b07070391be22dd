"""A store that an older MLflow has written (docs/tracking.md)."""

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from mlflow.store.db.utils import _get_alembic_config, _get_latest_schema_revision
from mlflow.store.tracking.dbmodels.initial_models import Base

from tests.tracking.workspace import Workspace, run_track

NEWEST = _get_latest_schema_revision()  # type: ignore[no-untyped-call]


def query(workspace: Workspace, statement: str, *values: str) -> list[tuple[str]]:
    """The answer of the workspace's database."""
    with closing(sqlite3.connect(workspace.folder / "mlflow.db")) as connection, connection:
        return connection.execute(statement, values).fetchall()


@pytest.mark.parametrize("by", ["mlflow db upgrade", "opening it"])
def test_store_without_the_newest_tables_is_upgraded(workspace: Workspace, by: str) -> None:
    """MLflow does it by itself if tables are missing."""
    (workspace.folder / "mlflow.db").unlink()
    engine = sqlalchemy.create_engine(workspace.uri)
    Base.metadata.create_all(engine)  # the tables of the first MLflow
    engine.dispose()
    config = _get_alembic_config(workspace.uri)  # type: ignore[no-untyped-call]
    older = ScriptDirectory.from_config(config).get_revision(NEWEST)
    assert older is not None
    command.upgrade(config, str(older.down_revision))
    if by == "mlflow db upgrade":
        workspace.track("-m", "mlflow", "db", "upgrade", workspace.uri)
        assert query(workspace, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    run_track()
    assert query(workspace, "SELECT version_num FROM alembic_version") == [(NEWEST,)]
    workspace.check_complete()


def test_store_that_mlflow_refuses_costs_a_warning_that_names_the_command(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """It does so if all tables are there, but other changes are missing."""
    query(workspace, "UPDATE alembic_version SET version_num = ?", "1971f2d9a75b")
    run_track()
    (warning,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("warning: ")]
    assert warning.startswith("warning: MLflow is not up to date (Detected out-of-date database schema")
    assert "run 'mlflow db upgrade <database_uri>'" in warning
    query(workspace, "UPDATE alembic_version SET version_num = ?", NEWEST)
    run_track()
    workspace.check_complete()
