"""Workers make no difference to the corpus: none, several processes, a Dask cluster, and workers that die."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil
import pytest

from makemore.core.errors import UserError
from makemore.preparation import source
from makemore.preparation.workers import VARIABLE, map_in_order
from tests.conftest import ROOT
from tests.preparation.corpora import files_of, prepare_names
from tests.tracking.server import wait_for

NAMES = [f"{word}{number}" for number in range(3000) for word in ("emma", "zoë", "李娜")]


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the corpus, prepared in this process and in one chunk."""
    return files_of(prepare_names(tmp_path_factory.mktemp("expected"), NAMES))


def dies_once(flag: str) -> int:
    """Kills its own process, unless the file `flag` exists; then returns the number of the process."""
    path = Path(flag)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def stays(folder: str) -> None:
    """Writes the number of its process to `folder`, and takes long."""
    Path(folder, str(os.getpid())).touch()
    time.sleep(600)


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    program = (
        "from makemore.preparation.workers import map_in_order; from tests.preparation.test_workers import stays\n"
        f"if __name__ == '__main__': list(map_in_order(stays, ['{tmp_path}'] * 2))\n"
    )
    file = tmp_path / "program"
    file.write_text(program, encoding="utf-8")
    environment = os.environ | {VARIABLE: "2", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, str(file)], env=environment) as parent:
        wait_for(lambda: len(list(tmp_path.iterdir())) == 3, seconds=60)
        parent.kill()
    workers = [int(path.name) for path in tmp_path.iterdir() if path.name.isdecimal()]
    wait_for(lambda: not any(map(psutil.pid_exists, workers)), seconds=60)


def always_dies(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_processes_that_keep_dying_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "2")
    with pytest.raises(UserError, match="worker processes died 3 times, perhaps for lack of memory; set MAKEMORE_WORK"):
        list(map_in_order(always_dies, range(3)))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A real Dask scheduler on loopback, with two worker processes."""
    distributed = pytest.importorskip("distributed")
    with (
        patch.dict(os.environ),  # Dask sets PYTHONHASHSEED, and leaves it set
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
        ) as found,
    ):
        yield found


@pytest.fixture(params=["2", "cluster"])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes, or the cluster."""
    monkeypatch.setenv(VARIABLE, "2" if request.param == "2" else request.getfixturevalue("cluster").scheduler_address)


@pytest.mark.usefixtures("workers")
def test_workers_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expected: dict[str, bytes]
) -> None:
    monkeypatch.setattr(source, "CHUNK_BYTES", 5_000)
    assert files_of(prepare_names(tmp_path, NAMES)) == expected


@pytest.mark.usefixtures("workers")
def test_worker_that_is_killed_costs_time_only(tmp_path: Path) -> None:
    flags = [str(tmp_path / "flag")] * 6
    found = list(map_in_order(dies_once, flags))
    assert [item for item, _ in found] == flags
    assert os.getpid() not in {process for _, process in found}


def test_dask_workers_that_keep_dying_are_an_error(monkeypatch: pytest.MonkeyPatch, cluster: Any) -> None:
    monkeypatch.setenv(VARIABLE, cluster.scheduler_address)
    monkeypatch.setattr(cluster.scheduler, "allowed_failures", 0)
    with pytest.raises(UserError, match=r"^MAKEMORE_WORKERS: the Dask cluster has given up: .*always_dies.*") as error:
        list(map_in_order(always_dies, [1]))
    assert "\n" not in str(error.value)


def test_missing_scheduler_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("makemore.preparation.workers._SECONDS_TO_CONNECT", 0.5)
    monkeypatch.setenv(VARIABLE, "tcp://127.0.0.1:9")
    with pytest.raises(UserError, match=r"MAKEMORE_WORKERS: no Dask scheduler at tcp://127.0.0.1:9: "):
        list(map_in_order(len, ["a"]))


@pytest.mark.parametrize("value", ["0", "two", "-1", "", "257"])
def test_bad_number_of_workers_is_an_error(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(VARIABLE, value)
    with pytest.raises(UserError, match="MAKEMORE_WORKERS: must be a number of processes"):
        list(map_in_order(len, ["a"]))


def test_only_a_few_items_are_taken_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise a file larger than memory would be in memory."""
    for workers, most in (("1", 1), ("2", 5)):
        monkeypatch.setenv(VARIABLE, workers)
        taken: list[int] = []
        items = (taken.append(number) or number for number in range(30))  # type: ignore[func-returns-value]
        for done, _ in enumerate(map_in_order(abs, items)):
            assert len(taken) - done <= most
