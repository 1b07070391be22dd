"""How much memory this machine has, a one-line error instead of a SIGKILL when it runs out, and what is kept in it."""

import gc
import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
MEMINFO = Path("/proc/meminfo")


def machine_memory() -> int:
    """The bytes of memory available to this process: the machine's, or its control group's limit if that is lower."""
    limits = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    limits += [int(text) for path in CGROUP_LIMITS if (text := _read(path).strip()).isdigit()]  # or it says "max"
    return min(limits)


def limit_memory() -> None:
    """Makes allocations beyond the memory that is free now fail. Linux would grant them, and kill the process later."""
    free = sum(int(amount) for amount in re.findall(r"(?:MemAvailable|SwapFree): +(\d+) kB", _read(MEMINFO))) * 1024
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if free and hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_DATA, (min(free, machine_memory()), hard))


@contextmanager
def permanent_objects() -> Iterator[None]:
    """For imports of large packages: hardly looks for garbage, and never again among the objects that they create.

    They create several hundred thousand, which all stay. Looking at them takes a quarter of the time of the imports,
    and as much again at exit.
    """
    usual = gc.get_threshold()
    gc.set_threshold(100_000, *usual[1:])
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*usual)


@cache
def keep_freed_memory() -> None:
    """Makes this process reuse the memory that it frees. Otherwise malloc gives large blocks back to the system, which
    clears each page before the process gets it again: for short computations on arrays, that takes half of the time.

    glibc keeps up to twice the size of the largest block that was freed, of at most 32 MB: see M_MMAP_THRESHOLD in
    mallopt(3). The block that is freed here is never touched, so it takes no memory. With blocks of many sizes, the
    memory that is kept would become fragmented.
    """
    bytes(2**25 - 2**14)


def _read(path: Path) -> str:
    """The text of a kernel file, or "" on a system without it."""
    return path.read_text(encoding="ascii") if path.exists() else ""


def out_of_memory(error: BaseException) -> str | None:
    """A one-line message if `error` means that Python, numpy or torch ran out of memory; otherwise None."""
    of_the_gpu = "CUDA out of memory" in str(error)
    if not isinstance(error, MemoryError) and "can't allocate memory" not in str(error) and not of_the_gpu:
        return None
    tried = re.search(r"allocate ([\d.]+ ?[KMGTPE]?i?B|\d+ bytes)", str(error))
    size = f" ({tried[1]} at once)" if tried else ""
    if of_the_gpu:
        return f"out of memory of the GPU{size}; use smaller sizes, or free some"
    return f"out of memory{size}; this machine has {machine_memory() / 1e9:.1f} GB: use smaller sizes, or free some"
