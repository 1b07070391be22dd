"""The curve reaches MLflow while a variant trains, and no failure of MLflow reaches the training."""

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from makemore.tracking.sync import sync
from tests.tracking.proxy import Proxy
from tests.tracking.server import Server, wait_for
from tests.tracking.workspace import Workspace

# stages/train.py with a fake training: a point every tenth of a second until the file `stop` appears.
TRAINING = """
import itertools, sys, time
from pathlib import Path
from makemore.core.errors import UserError
from makemore.core.curve import Point
from makemore.training.journal import streamed_journal
slowest = 0.0
with streamed_journal("gpt", "key", {"variant": "gpt", "model": "gpt", "lr": 0.1}, "makemore") as journal:
    for step in itertools.count():
        before = time.monotonic()
        journal.point(Point(step, 3 - step / 100, 3 - step / 200, 0.1))
        slowest = max(slowest, time.monotonic() - before)
        if Path("fail").exists() and step == 4:
            raise UserError("the loss became nan at step 4; lower lr")
        if Path("stop").exists():
            break
        time.sleep(0.1)
print(f"points {step + 1}")
print(f"slowest {slowest:.3f}")
"""


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    """A proxy in front of the server."""
    with Proxy(server.port) as proxy:
        yield proxy


@pytest.fixture
def clone(workspace: Workspace, proxy: Proxy) -> Workspace:
    """A workspace whose store is the server behind the proxy."""
    workspace.uri = proxy.uri
    return workspace


def train(clone: Workspace) -> "subprocess.Popen[str]":
    """Starts a fake training."""
    (clone.folder / "stop").unlink(missing_ok=True)
    return clone.start("-c", TRAINING, MLFLOW_HTTP_REQUEST_TIMEOUT="2")


def finish(clone: Workspace, training: "subprocess.Popen[str]") -> tuple[int, str]:
    """Lets a fake training succeed. Returns its number of points and its output."""
    (clone.folder / "stop").touch()
    output, _ = training.communicate()
    assert training.returncode == 0, output
    return int(output.split("points ")[1].split()[0]), output


def runs_of(clone: Workspace, server: Server) -> list[Run]:
    """The runs of this clone, queried without the proxy."""
    names = list((clone.folder / ".dvc/tmp/tracking").glob("clone-*"))
    if not names:
        return []
    client = MlflowClient(server.uri)
    experiment = client.get_experiment_by_name("makemore")
    if experiment is None:
        return []
    return list(client.search_runs([experiment.experiment_id], f"tags.`makemore.clone` = '{names[0].read_text()}'"))


def steps_of(run: Run, server: Server) -> list[int]:
    """The steps of the curve in MLflow; a duplicate point appears twice."""
    return sorted(point.step for point in MlflowClient(server.uri).get_metric_history(run.info.run_id, "curve/dev_nll"))


def deliver_the_rest(server: Server) -> None:
    """The track stage of the clone in the current folder, without any variant and without the proxy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", server.uri)
        sync([], "makemore")


def test_curve_appears_during_training_and_continues_after_a_kill(clone: Workspace, server: Server) -> None:
    training = train(clone)
    run = wait_for(lambda: [run for run in runs_of(clone, server) if run.data.params])[0]
    before = wait_for(lambda: steps_of(run, server))
    wait_for(lambda: len(steps_of(run, server)) > len(before))
    assert training.poll() is None
    assert (run.info.status, run.data.params["lr"]) == ("RUNNING", "0.1")
    os.killpg(training.pid, signal.SIGKILL)
    training.communicate()
    killed = wait_for(lambda: [run for run in runs_of(clone, server) if run.info.status == "KILLED"])[0]
    assert killed.data.tags["makemore.error"] == "the training was killed"
    last = MlflowClient(server.uri).get_metric_history(run.info.run_id, "curve/dev_nll")[-1]
    assert killed.info.end_time == last.timestamp, "it ended when it was last seen"
    reached = len(steps_of(run, server))
    training = train(clone)
    (resumed,) = wait_for(lambda: [run for run in runs_of(clone, server) if run.info.status == "RUNNING"])
    assert resumed.info.run_id == run.info.run_id
    assert "makemore.error" not in resumed.data.tags
    wait_for(lambda: len(steps_of(run, server)) > reached)
    points, _ = finish(clone, training)
    assert len(runs_of(clone, server)) == 1
    assert steps_of(run, server) == list(range(points)), "no gap, no duplicate"


def test_failed_training_leaves_its_parameters_and_its_error(clone: Workspace, server: Server) -> None:
    (clone.folder / "fail").touch()
    output, _ = train(clone).communicate()
    assert "UserError" in output, "only the stage reduces it to one line"
    (run,) = runs_of(clone, server)
    assert (run.info.status, run.data.params["lr"]) == ("FAILED", "0.1")
    assert run.data.tags["makemore.error"] == "the loss became nan at step 4; lower lr"
    assert steps_of(run, server) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("fates", [("hang",), ("error", "refuse")])
def test_outage_costs_one_warning(clone: Workspace, server: Server, proxy: Proxy, fates: tuple[str, ...]) -> None:
    proxy.fate = lambda *_: fates[len(proxy.requests) % len(fates)]
    training = train(clone)
    wait_for(lambda: len(proxy.requests) == 2)
    points, output = finish(clone, training)
    assert output.count("warning: gpt: could not stream to MLflow (") == output.count("warning") == 1, output
    assert "Traceback" not in output
    assert float(output.split("slowest")[1]) < 0.5, "the training does not wait for MLflow"
    assert len(proxy.requests) <= 5, "retries are rare: one so far, and three at the end"
    deliver_the_rest(server)
    (run,) = runs_of(clone, server)
    assert steps_of(run, server) == list(range(points))


@pytest.mark.parametrize("seed", [1, 2])
def test_unreliable_connection_leaves_no_duplicates(clone: Workspace, server: Server, proxy: Proxy, seed: int) -> None:
    """Not even if the server carries a request out and its answer is lost."""
    fates = random.Random(seed)  # noqa: S311
    kinds = ["pass"] * 6 + ["refuse", "lose", "lose", "late", "error"]
    proxy.fate = lambda *_: fates.choice(kinds)
    training = train(clone)
    wait_for(lambda: sum(fate in {"refuse", "lose", "error"} for *_, fate in proxy.requests) >= 2)
    points, _ = finish(clone, training)
    deliver_the_rest(server)
    (run,) = runs_of(clone, server)
    assert steps_of(run, server) == list(range(points))


def test_track_delivers_what_a_killed_carrier_did_not(clone: Workspace, server: Server) -> None:
    training = train(clone)
    wait_for(lambda: runs_of(clone, server))
    threads = Path(f"/proc/{training.pid}/task").iterdir()
    children = [child for thread in threads for child in (thread / "children").read_text(encoding="utf-8").split()]
    for child in children:
        os.kill(int(child), signal.SIGKILL)
    assert children
    points, _ = finish(clone, training)
    deliver_the_rest(server)
    (run,) = runs_of(clone, server)
    assert steps_of(run, server) == list(range(points))


def test_streaming_resumes_after_a_restart_of_the_server(workspace: Workspace, server: Server) -> None:
    workspace.uri = server.uri
    training = train(workspace)
    run = wait_for(lambda: runs_of(workspace, server))[0]
    server.kill()
    assert "warning: gpt: could not stream to MLflow (" in str(training.stdout and training.stdout.readline())
    server.start()
    restarted = len(steps_of(run, server))
    wait_for(lambda: len(steps_of(run, server)) > restarted, seconds=120)
    points, output = finish(workspace, training)
    assert "warning" not in output, "one is enough"
    deliver_the_rest(server)
    (again,) = runs_of(workspace, server)
    assert again.info.run_id == run.info.run_id
    assert steps_of(again, server) == list(range(points))
