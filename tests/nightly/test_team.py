"""A team's server: `mlflow server` on PostgreSQL, with proxied artifacts and basic authentication."""

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.tracking.proxy import Proxy
from tests.tracking.server import Server, free_port, stop, wait_for
from tests.tracking.workspace import Workspace

PASSWORD = "s3cret/of the:team@host"  # noqa: S105 (with every character that a URI must quote)
# The track stage, which otherwise tries for 20 seconds to open a database.
IMPATIENT = """
from makemore.tracking import store
store.SECONDS_TO_OPEN = 3
from makemore.core.params import load_params
from stages import track
track.run(load_params())
"""
BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

pytestmark = pytest.mark.skipif(not BINARIES, reason="postgresql (Debian package) is not installed")


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    """The URI of a database on loopback. PostgreSQL refuses to run as root, so root runs it as its package's user."""
    user = "postgres" if os.geteuid() == 0 else None
    folder, port = Path(tempfile.mkdtemp(prefix="pg-")), free_port()
    password, data = folder / "password", folder / "data"
    password.write_text(PASSWORD, encoding="utf-8")
    if user:
        shutil.chown(folder, user)
        shutil.chown(password, user)
    initdb: list[str | Path] = [BINARIES[-1] / "initdb", "-D", data, "-U", "mlflow", "--auth=scram-sha-256"]
    initdb += [f"--pwfile={password}", "--no-sync"]
    subprocess.run(initdb, user=user, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    process = subprocess.Popen(
        [BINARIES[-1] / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"],
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    ready: list[str | Path] = [BINARIES[-1] / "pg_isready", "-h", "127.0.0.1", "-p", str(port)]
    wait_for(lambda: subprocess.run(ready, stdout=subprocess.DEVNULL, check=False).returncode == 0)
    yield f"postgresql://mlflow:{quote(PASSWORD, safe='')}@127.0.0.1:{port}/postgres"
    stop(process)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def team(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server, which asks for a user name and a password."""
    folder = tmp_path_factory.mktemp("team")
    settings = folder / "auth.ini"
    settings.write_text(
        f"""[mlflow]
        default_permission = EDIT
        database_uri = sqlite:///{folder}/auth.db
        admin_username = admin
        authorization_function = mlflow.server.auth:authenticate_request_basic_auth
        auth_cache_ttl_seconds = 600
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
    """The clones of two people, whose store is the server."""
    credentials = {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": PASSWORD}
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)  # for the client in this process, which checks the store
    clones = [Workspace(folder, team.uri, **credentials) for folder in (workspace.folder, tmp_path / "other")]
    shutil.copytree(clones[0].folder, clones[1].folder)
    return clones


def test_two_people_share_a_server(clones: list[Workspace], team: Server) -> None:
    """At the same time, through an unreliable connection, and killed at random moments: one run per variant remains."""
    chance = random.Random(3)  # noqa: S311
    kinds = ["pass"] * 40 + ["refuse", "lose", "lose", "late", "error"]

    def fate(_: str, path: str) -> str:
        uploads = "/mlflow-artifacts/" in path  # two of three requests, all alike: failing most of them takes minutes
        return "pass" if uploads and chance.random() < 0.8 else chance.choice(kinds)

    with Proxy(team.port) as proxy:
        proxy.fate = fate
        for clone in clones:
            clone.uri = proxy.uri
        for _ in range(2):
            processes = [clone.start("-m", "stages", "track") for clone in clones]
            kill_at_request(len(proxy.requests) + chance.randint(20, 200), proxy, processes)
        processes = [clone.start("-m", "stages", "track") for clone in clones]
        outputs = [process.communicate()[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0], outputs
    for clone in clones:
        clone.uri = team.uri
        outputs.append(clone.track())
    clones[0].check_complete(team.uri)
    assert "0 runs written, 2 already up to date" in outputs[-1]
    check_secret(PASSWORD, clones, outputs, team, team.uri)


def test_wrong_password_costs_a_warning(clones: list[Workspace]) -> None:
    output = clones[0].track(MLFLOW_TRACKING_PASSWORD="wr0ng-one")  # noqa: S106
    assert output.count("warning: MLflow is not up to date") == 1
    assert "wr0ng-one" not in output


def test_password_of_a_database_is_not_printed(clones: list[Workspace], postgres: str, team: Server) -> None:
    """The URI of a database has to contain its password; an error must not."""
    clone, uri = clones[0], postgres.replace("/postgres", "/template1")
    output = clone.track(MLFLOW_TRACKING_URI=uri)
    clone.check_complete(uri)
    output += clone.track("-c", IMPATIENT, MLFLOW_TRACKING_URI=postgres.replace("/postgres", "/nowhere"))
    assert "warning: MLflow is not up to date" in output
    check_secret(PASSWORD, clones, [output], team, uri)


def kill_at_request(number: int, proxy: Proxy, processes: "list[subprocess.Popen[str]]") -> None:
    """Kills the processes when the proxy gets this request, unless they have given up before."""
    wait_for(lambda: len(proxy.requests) >= number or all(process.poll() is not None for process in processes), 180)
    for process in processes:
        stop(process)


def check_secret(secret: str, clones: list[Workspace], outputs: list[str], team: Server, uri: str) -> None:
    """Checks that no output, no run, and no file of the clones or of the server's artifacts contains the password."""
    spellings = [secret, quote(secret, safe="")]
    assert not [output for output in outputs for each in spellings if each in output]
    runs = [str(run.to_dictionary()) for run in clones[0].runs(uri)]
    assert runs
    assert not [run for run in runs for each in spellings if each in run]
    folders = [team.log.parent / "artifacts", *(clone.folder for clone in clones)]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 50
    assert not [path for path in files for each in spellings if each.encode() in path.read_bytes()]
