"""A user name or password in MLFLOW_TRACKING_URI is refused: it would end up in links and logs."""

import pytest

from makemore import cli
from stages import __main__ as stages
from tests.tracking.workspace import Workspace

MESSAGE = (
    "MLFLOW_TRACKING_URI contains a user name or password, or something else than host, port and path, which would end "
    "up in logs; remove it and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, "
    "instead"
)


@pytest.mark.parametrize("secret", ["ann:hunter2", "hunter2", ":hunter2", "ann:hunter%2F2"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_uri_with_credentials_is_refused_in_one_line(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], scheme: str, secret: str
) -> None:
    """With a warning by track, which must not stop `dvc repro`, and with an error by `makemore runs`."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{scheme}://{secret}@127.0.0.1:9")
    monkeypatch.setattr("sys.argv", ["stages", "track"])
    assert stages.main() == 0
    assert capsys.readouterr() == ("", f"warning: MLflow is not up to date ({MESSAGE}); `dvc repro` will retry\n")
    monkeypatch.setattr("sys.argv", ["makemore", "runs"])
    assert cli.main() == 2
    assert capsys.readouterr() == ("", f"error: could not query MLflow: {MESSAGE}\n")
