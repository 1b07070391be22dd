"""A team's server: `mlflow server` on PostgreSQL, with proxied artifacts and basic authentication."""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.tracking.conftest import Server, Workspace, free_port, stop
from tests.tracking.proxy import Proxy

PASSWORD = "s3cret/of the:team@host"  # noqa: S105 (with all that must be quoted in a URI)
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

pytestmark = pytest.mark.skipif(not BINARIES, reason="postgresql (Debian package) is not installed")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URI of a database on loopback. PostgreSQL refuses to run as root: then it runs as the user of its package."""
    user = "postgres" if os.geteuid() == 0 else None
    folder, port = Path(tempfile.mkdtemp(prefix="pg-")), free_port()
    password = folder / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    if user:
        shutil.chown(folder, user)
        shutil.chown(password, user)
    data = folder / "data"
    initdb: list[str | Path] = [
        BINARIES[-1] / "initdb",
        "-D",
        data,
        "-U",
        "mlflow",
        "--auth=scram-sha-256",
        f"--pwfile={password}",
    ]
    subprocess.run(initdb, user=user, cwd=folder, capture_output=True, check=True)
    process = subprocess.Popen(
        [BINARIES[-1] / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"],
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    ready: list[str | Path] = [BINARIES[-1] / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
    for _ in range(120):
        if subprocess.run(ready, capture_output=True, check=False).returncode == 0:
            break
        time.sleep(0.25)
    yield f"postgresql://mlflow:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
    stop(process)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def team(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("team")
    settings = folder / "auth.ini"
    settings.write_text(
        f"""[mlflow]
        default_permission = EDIT
        database_uri = sqlite:///{folder}/auth.db
        admin_username = admin
        authorization_function = mlflow.server.auth:authenticate_request_basic_auth
        """.replace("        ", ""),
        encoding="utf-8",
    )
    server = Server(
        folder,
        *("--app-name", "basic-auth", "--backend-store-uri", postgres),
        MLFLOW_AUTH_CONFIG_PATH=str(settings),
        MLFLOW_AUTH_ADMIN_PASSWORD=PASSWORD,
        MLFLOW_FLASK_SERVER_SECRET_KEY=PASSWORD[::-1],
    )
    yield server
    server.kill()


@pytest.fixture
def clones(workspace: Workspace, team: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Workspace]:
    """Two people's clones, whose store is the server; the password is in the URI, as it should not be."""
    other = Workspace(tmp_path / "other", workspace.uri)
    shutil.copytree(workspace.folder, other.folder)
    for each in (workspace, other):
        each.uri = f"http://admin:{quote(PASSWORD, safe='')}@127.0.0.1:{team.port}"
    # For the client in this process that looks at the store.
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "admin")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", PASSWORD)
    return [workspace, other]


def test_two_people_and_one_server(clones: list[Workspace], team: Server) -> None:
    """At the same time through a bad line, killed at random moments; in the end there is one run for each variant."""
    moments = random.Random(3)  # noqa: S311
    kinds = ["pass"] * 40 + ["refuse", "lose", "lose", "late", "error"]
    uris = [clone.uri for clone in clones]
    with Proxy(team.port) as proxy:
        proxy.fate = lambda *_: moments.choice(kinds)
        for clone in clones:
            clone.uri = clone.uri.replace(str(team.port), proxy.uri.rpartition(":")[2])
        for _ in range(2):
            processes = [clone.start("-m", "stages", "track") for clone in clones]
            time.sleep(moments.uniform(4, 10))
            for process in processes:
                stop(process)
        processes = [clone.start("-m", "stages", "track") for clone in clones]
        outputs = [process.communicate()[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0], outputs
    for clone, uri in zip(clones, uris, strict=True):
        clone.uri = uri
        outputs.append(clone.track())
    clones[0].check_complete(team.uri)
    assert "0 runs written, 2 already up to date" in outputs[-1]
    check_nothing_says(PASSWORD, clones, outputs, team)


def test_a_wrong_password_costs_a_warning(clones: list[Workspace], team: Server) -> None:
    output = clones[0].track(MLFLOW_TRACKING_URI=f"http://admin:wr0ng-one@127.0.0.1:{team.port}")
    assert output.count("warning: MLflow is not up to date") == 1
    assert "wr0ng-one" not in output


def test_straight_to_the_database(clones: list[Workspace], postgres: str, team: Server) -> None:
    """The URI of a database must hold its password; an error must not."""
    clone, uri = clones[0], postgres.replace("/postgres", "/template1")
    output = clone.track(MLFLOW_TRACKING_URI=uri)
    clone.check_complete(uri)
    output += clone.track(MLFLOW_TRACKING_URI=postgres.replace("/postgres", "/nowhere"))
    assert "warning: MLflow is not up to date" in output
    check_nothing_says(PASSWORD, clones, [output], team, uri)


def check_nothing_says(secret: str, clones: list[Workspace], outputs: list[str], team: Server, uri: str = "") -> None:
    """No output, no run, no file of the clones or of the server's artifacts holds the password."""
    spellings = [secret, quote(secret, safe="")]
    assert not [output for output in outputs for each in spellings if each in output]
    runs = [str(run.to_dictionary()) for run in clones[0].runs(uri or team.uri)]
    assert runs
    assert not [run for run in runs for each in spellings if each in run]
    folders = [team.log.parent / "artifacts", *(clone.folder for clone in clones)]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 50
    assert not [path for path in files for each in spellings if each.encode() in path.read_bytes()]
