"""The cores that this process may use: the smaller of its affinity and the quotas of its control groups."""

import os
from pathlib import Path

import pytest

from makemore.core import cores
from makemore.core.cores import available_cores

V1 = "4:memory:/docker/1f\n3:cpu,cpuacct:/docker/1f\n2:cpuset:/docker/1f\n"


@pytest.fixture(autouse=True)
def _large_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    monkeypatch.setattr(cores, "CGROUP", tmp_path / "cgroup")
    monkeypatch.setattr(cores, "MOUNT", tmp_path)


def write(folder: Path, cgroup: str, files: dict[str, str]) -> None:
    (folder / "cgroup").write_text(cgroup)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{text}\n")


@pytest.mark.parametrize(
    ("cgroup", "files", "expected"),
    [
        ("", {}, 64),
        ("0::/\n", {"cpu.max": "max 100000"}, 64),
        ("0::/\n", {"cpu.max": "200000 100000"}, 2),
        ("0::/\n", {"cpu.max": "150000 100000"}, 2),
        ("0::/\n", {"cpu.max": "10000 100000"}, 1),
        ("0::/\n", {"cpu.max": "9900000 100000"}, 64),
        ("0::/user/me:1\n", {"user/cpu.max": "300000 100000", "user/me:1/cpu.max": "max 100000"}, 3),
        ("0::/../../docker/1f\n", {"cpu.max": "200000 100000"}, 2),
        (V1, {"cpu/cpu.cfs_quota_us": "200000", "cpu/cpu.cfs_period_us": "100000"}, 2),
        (V1, {"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
        (V1, {"cpu/docker/1f/cpu.cfs_quota_us": "400000", "cpu/docker/1f/cpu.cfs_period_us": "100000"}, 4),
    ],
)
def test_quota(tmp_path: Path, cgroup: str, files: dict[str, str], expected: int) -> None:
    write(tmp_path, cgroup, files)
    assert available_cores() == expected


def test_affinity_may_be_smaller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "0::/\n", {"cpu.max": "400000 100000"})
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5})
    assert available_cores() == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert available_cores() == 1
