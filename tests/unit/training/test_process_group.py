"""The group of processes: who leads it, and which processes may form one. tests/distributed starts real ones."""

import pytest
import torch

from makemore.core.errors import UserError
from makemore.training.process_group import ALONE, choose_leader, join


def test_process_without_torchrun_is_alone() -> None:
    with join("key", shards=1) as group:
        assert group == ALONE
        assert group.is_leader
        assert torch.equal(group.all_gather(torch.ones(2, 3)), torch.ones(1, 2, 3))
        assert group.broadcast(b"content") == b"content"


def test_more_processes_than_shards_are_refused_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "5")
    monkeypatch.setenv("RANK", "0")
    problem = "params.yaml: compute.shards: is 4, which is less than the 5 processes of torchrun"
    with pytest.raises(UserError, match=problem), join("key", shards=4):
        pass
    monkeypatch.setenv("RANK", "3")
    with pytest.raises(SystemExit), join("key", shards=4):
        pass


@pytest.mark.parametrize(
    ("by_dvc", "leader"),
    [([False, False, False], 0), ([True, False, False], 0), ([False, True, True], 1)],
)
def test_leader_is_the_first_process_that_dvc_started(by_dvc: list[bool], leader: int) -> None:
    hosts = ("one", "two", "two")
    members = [("key", host, started) for host, started in zip(hosts, by_dvc, strict=True)]
    assert [choose_leader(members, rank) for rank in range(3)] == [leader] * 3


def test_hosts_that_would_compute_something_else_are_named() -> None:
    members = [("key", "one", False), ("other", "two", False), ("key", "three", False)]
    with pytest.raises(UserError, match="code, parameters, corpus or torch on two differ from those on one"):
        choose_leader(members, 0)
    with pytest.raises(SystemExit):
        choose_leader(members, 2)


def test_two_hosts_that_run_dvc_are_named() -> None:
    members = [("key", "one", True), ("key", "two", True)]
    with pytest.raises(UserError, match=r"DVC trains on several hosts \(one, two\); start all but one with `python"):
        choose_leader(members, 0)
