"""Two hosts train together: network namespaces on this machine, joined by a virtual cable.

Each host has its own folder. The leader is the host on which DVC started the stage, whatever its rank.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from makemore.core import layout
from tests.distributed.training import Training, ranks
from tests.tracking.server import free_port

ADDRESSES = ("10.83.0.1", "10.83.0.2")


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[str]]:
    """The names of two network namespaces that reach each other, and nothing else."""
    if shutil.which("ip") is None:
        pytest.skip("ip (Debian package iproute2) is not installed")
    names = [f"makemore-{os.getpid()}-{host}" for host in "ab"]
    cables = [f"mm{host}{os.getpid()}" for host in "ab"]
    try:
        for name in names:
            ip("netns", "add", name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this system allows no network namespaces: {error.stderr.decode().strip()}")
    try:
        ip("link", "add", cables[0], "type", "veth", "peer", "name", cables[1])
        for name, cable, address in zip(names, cables, ADDRESSES, strict=True):
            ip("link", "set", cable, "netns", name)
            ip("-n", name, "link", "set", cable, "name", "cable")
            ip("-n", name, "address", "add", f"{address}/24", "dev", "cable")
            ip("-n", name, "link", "set", "cable", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            ip("netns", "delete", name)


def start(trainings: list[Training], hosts: list[str]) -> list["subprocess.Popen[str]"]:
    """Starts two processes on each host. DVC starts them on the second one."""
    options = f"--nnodes=2 --nproc-per-node=2 --master-addr={ADDRESSES[0]} --master-port={free_port()}"
    return [
        training.start(
            f"{options} --node-rank={rank}",
            *("ip", "netns", "exec", host),
            GLOO_SOCKET_IFNAME="cable",
            **({"DVC_STAGE": "train@gpt"} if host == hosts[1] else {}),
        )
        for rank, (training, host) in enumerate(zip(trainings, hosts, strict=True))
    ]


def folders(path: Path) -> list[Training]:
    """A folder for each host."""
    for name in ("a", "b"):
        (path / name).mkdir()
    return [Training(path / "a"), Training(path / "b")]


def test_two_hosts_compute_the_same_bytes_as_one_even_after_one_was_killed(tmp_path: Path, hosts: list[str]) -> None:
    (tmp_path / "alone").mkdir()
    expected = Training(tmp_path / "alone").run()
    trainings = folders(tmp_path)
    processes = start(trainings, hosts)
    trainings[1].wait_for_points(2)
    for process in [processes[0].pid, *(rank.pid for rank in ranks(processes[0]))]:
        os.kill(process, signal.SIGKILL)
    output, _ = processes[1].communicate(timeout=60)
    assert processes[1].returncode == 130
    reason = "another process was stopped or cannot be reached"
    assert output.endswith(f"interrupted: gpt: {reason}; the same command resumes\n")
    assert trainings[1].saved_checkpoint()
    processes[0].communicate()

    processes = start(trainings, hosts)
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    assert trainings[1].result() == expected
    assert not (trainings[0].folder / layout.MODELS).exists(), "the leader alone writes"
