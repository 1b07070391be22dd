"""With 1, 2, 3 and 4 processes, every model that the gradient loop trains gets the same bytes.

Two processes alone would prove nothing, because a + b = b + a.
"""

import json
import subprocess
import sys

import pytest

from makemore.training.process_group import ALONE
from tests.conftest import ROOT
from tests.distributed.hashes import CASES, all_hashes

Hashes = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def alone() -> Hashes:
    """The hashes that one process computes, by each way to add gradients."""
    return all_hashes(ALONE)


def by_processes(count: int) -> Hashes:
    """The same by this many processes."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={count}"]
    done = subprocess.run([*torchrun, "-m", "tests.distributed.hashes"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    found: Hashes = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("count", [2, 3])
def test_number_of_processes_does_not_change_the_bytes(alone: Hashes, count: int) -> None:
    assert by_processes(count)["tree"] == alone["tree"]
    assert len(set(alone["tree"].values())) == len(CASES)


def test_four_processes_change_the_bytes_with_all_reduce_alone(alone: Hashes) -> None:
    """The second half proves that the first half is able to fail."""
    four = by_processes(4)
    assert four["tree"] == alone["tree"]
    assert [case for case in CASES if four["all_reduce"][case] == alone["all_reduce"][case]] == []
