"""The curve goes to MLflow while a variant trains, and nothing that MLflow does reaches the training."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.tracking.conftest import Server, Workspace
from tests.tracking.proxy import Proxy

# What stages/train.py does, with a stand-in for the training: so many points, so many seconds apart.
TRAINING = """
import sys, time
from makemore.core.errors import UserError
from makemore.models.base.curve import Point
from makemore.training.streaming import streamed_journal
points, seconds, end, slowest = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3], 0.0
with streamed_journal("gpt", "key", {"variant": "gpt", "model": "gpt", "lr": 0.1}, "makemore") as journal:
    for step in range(points):
        before = time.monotonic()
        journal.point(Point(step, 3 - step / 100, 3 - step / 200, 0.1))
        slowest = max(slowest, time.monotonic() - before)
        time.sleep(seconds)
    if end == "fail":
        raise UserError("the loss became nan at step 7; lower lr")
print(f"slowest {slowest:.3f}")
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.kill()


@pytest.fixture
def proxy(shared: Server) -> Iterator[Proxy]:
    with Proxy(shared.port) as proxy:
        yield proxy


@pytest.fixture
def clone(workspace: Workspace, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose store is the server behind the proxy, in an experiment that is new."""
    workspace.uri = proxy.uri
    return workspace


def train(clone: Workspace, points: int, seconds: float, end: str = "") -> "subprocess.Popen[str]":
    return clone.start("-c", TRAINING, str(points), str(seconds), end)


def own_runs(clone: Workspace, server: Server) -> list[Run]:
    """The runs of this clone, by the server's own word."""
    name = clone.folder / ".dvc/tmp/tracking/clone.json"
    if not name.exists():
        return []
    token = name.read_text(encoding="utf-8").split('"name": "')[1].rstrip('"}')
    client = MlflowClient(server.uri)
    experiment = client.get_experiment_by_name("makemore")
    if experiment is None:
        return []
    return list(client.search_runs([experiment.experiment_id], f"tags.`makemore.clone` = '{token}'"))


def steps(server: Server, run: Run) -> list[int]:
    return sorted(point.step for point in MlflowClient(server.uri).get_metric_history(run.info.run_id, "curve/dev_nll"))


def wait_for(condition: Callable[[], Any], seconds: float = 60) -> Any:
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.2)
    return found


def deliver_the_rest(clone: Workspace) -> None:
    """The end of `dvc repro`, without any variant."""
    clone.track("-c", "from makemore.tracking.sync import sync; sync([], 'makemore')")


def test_the_curve_appears_while_it_trains_and_goes_on_after_a_kill(clone: Workspace, shared: Server) -> None:
    training = train(clone, 1000, 0.1)
    run = wait_for(lambda: [run for run in own_runs(clone, shared) if run.data.params])[0]
    before = wait_for(lambda: steps(shared, run))
    wait_for(lambda: len(steps(shared, run)) > len(before))
    assert training.poll() is None
    assert (run.info.status, run.data.params["lr"]) == ("RUNNING", "0.1")
    os.killpg(training.pid, signal.SIGKILL)
    training.communicate()
    killed = wait_for(lambda: [run for run in own_runs(clone, shared) if run.info.status == "KILLED"])[0]
    assert killed.data.tags["makemore.error"] == "the training was killed"
    reached = len(steps(shared, run))
    training = train(clone, reached + 200, 0.1)
    (again,) = wait_for(lambda: [run for run in own_runs(clone, shared) if run.info.status == "RUNNING"])
    assert again.info.run_id == run.info.run_id
    assert "makemore.error" not in again.data.tags
    assert training.wait() == 0
    assert len(own_runs(clone, shared)) == 1
    assert steps(shared, run) == list(range(reached + 200)), "no gap, no double step"


def test_a_training_that_fails_leaves_its_parameters_and_its_error(clone: Workspace, shared: Server) -> None:
    output, _ = train(clone, 5, 0, "fail").communicate()
    assert "UserError" in output, "it is the stage that makes one line of it"
    (run,) = own_runs(clone, shared)
    assert (run.info.status, run.data.params["lr"]) == ("FAILED", "0.1")
    assert run.data.tags["makemore.error"] == "the loss became nan at step 7; lower lr"
    assert steps(shared, run) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("fate", ["hang", "error", "refuse"])
def test_an_outage_costs_a_warning(clone: Workspace, shared: Server, proxy: Proxy, fate: str) -> None:
    proxy.fate = lambda *_: fate
    training = train(clone, 150, 0.1)
    output, _ = training.communicate()
    assert training.returncode == 0
    assert output.count("warning: gpt: could not stream to MLflow (") == output.count("warning") == 1, output
    assert "Traceback" not in output
    assert float(output.split("slowest")[1]) < 0.5
    assert len(proxy.requests) < 40, "no storm of retries"
    proxy.fate = lambda *_: "pass"
    deliver_the_rest(clone)
    (run,) = own_runs(clone, shared)
    assert steps(shared, run) == list(range(150))


@pytest.mark.parametrize("seed", [1, 2])
def test_what_gets_through_a_bad_line_stands_there_once(
    clone: Workspace, shared: Server, proxy: Proxy, seed: int
) -> None:
    """Also where the request was carried out, and the answer was lost."""
    fates = random.Random(seed)  # noqa: S311
    kinds = ["pass"] * 6 + ["refuse", "lose", "lose", "late", "error"]
    proxy.fate = lambda *_: fates.choice(kinds)
    assert train(clone, 80, 0.1).wait() == 0
    proxy.fate = lambda *_: "pass"
    deliver_the_rest(clone)
    (run,) = own_runs(clone, shared)
    assert steps(shared, run) == list(range(80))


def test_a_killed_carrier_is_made_good(clone: Workspace, shared: Server) -> None:
    training = train(clone, 60, 0.1)
    wait_for(lambda: own_runs(clone, shared))
    threads = Path(f"/proc/{training.pid}/task").iterdir()
    children = [child for thread in threads for child in (thread / "children").read_text(encoding="utf-8").split()]
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    assert children
    assert training.wait() == 0
    deliver_the_rest(clone)
    (run,) = own_runs(clone, shared)
    assert steps(shared, run) == list(range(60))


def test_a_server_that_dies_and_comes_back(workspace: Workspace, server: Server) -> None:
    workspace.uri = server.uri
    training = train(workspace, 300, 0.1)
    run = wait_for(lambda: own_runs(workspace, server))[0]
    server.kill()
    time.sleep(3)
    server.start()
    output, _ = training.communicate()
    assert training.returncode == 0
    assert output.count("warning") == 1
    deliver_the_rest(workspace)
    (again,) = own_runs(workspace, server)
    assert again.info.run_id == run.info.run_id
    assert steps(server, again) == list(range(300))
