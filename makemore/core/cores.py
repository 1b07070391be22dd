"""How many cores this process may use: `docker run --cpus=2` leaves all cores of the machine visible."""

import math
import os
import re
from collections.abc import Iterator
from pathlib import Path

CGROUP = Path("/proc/self/cgroup")
MOUNT = Path("/sys/fs/cgroup")


def available_cores() -> int:
    """The cores in this process's affinity, or those of its control group's quota if they are fewer; at least 1."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([allowed, *(math.ceil(quota) for quota in _quotas())]))


def _quotas() -> Iterator[float]:
    """The cores that each control group grants which this process is in: those above its own limit it too.

    A container often sees its own group as the root, whatever path it is told, so paths that are not there are skipped.
    """
    for line in _read(CGROUP).splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:  # version 2
            root, files = MOUNT, ["cpu.max"]
        elif "cpu" in controllers.split(","):  # version 1
            root, files = MOUNT / "cpu", ["cpu.cfs_quota_us", "cpu.cfs_period_us"]
        else:
            continue
        own = root / path.lstrip("/")
        for folder in (own, *(each for each in own.parents if each.is_relative_to(root))):
            numbers = re.fullmatch(r"(\d+) +(\d+)", " ".join(_read(folder / file).strip() for file in files))
            if numbers and int(numbers[2]):  # without a limit it says "max", or -1
                yield int(numbers[1]) / int(numbers[2])


def _read(path: Path) -> str:
    """The text of a kernel file, or "" where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
