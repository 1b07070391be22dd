"""How much memory this machine has, and running out of it: one line instead of the SIGKILL of the system."""

import os
import re
import resource
from pathlib import Path

CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
MEMINFO = Path("/proc/meminfo")


def machine_memory() -> int:
    """The bytes of memory that this process can have: those of the machine, or of its control group if that is less."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    limits += [int(text) for path in CGROUP_LIMITS if (text := _read(path).strip()).isdigit()]  # or it says "max"
    return min(limits)


def limit_memory() -> None:
    """Makes this process fail to allocate more than is free now. Otherwise Linux grants it, and kills later."""
    free = sum(int(amount) for amount in re.findall(r"(?:MemAvailable|SwapFree): +(\d+) kB", _read(MEMINFO))) * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if free and hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_DATA, (min(free, machine_memory()), hard))


def _read(path: Path) -> str:
    """The text of a file of the kernel, or "" on a system that does not have it."""
    return path.read_text(encoding="ascii") if path.exists() else ""


def out_of_memory(error: BaseException) -> str | None:
    """One line that says how much memory was missing, if `error` is Python's, numpy's or torch's lack of memory."""
    if not isinstance(error, MemoryError) and "can't allocate memory" not in str(error):
        return None
    tried = re.search(r"allocate ([\d.]+ ?[KMGTPE]?i?B|\d+ bytes)", str(error))
    size = f" ({tried[1]} at once)" if tried else ""
    return f"out of memory{size}; this machine has {machine_memory() / 1e9:.1f} GB: use smaller sizes, or free some"
