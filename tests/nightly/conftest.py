"""Fixtures of other folders, for the long runs of what those folders test."""

from tests.distributed.conftest import kill_what_was_started
from tests.pipeline.conftest import project, reproduced
from tests.tracking.conftest import results, server, workspace

__all__ = ["kill_what_was_started", "project", "reproduced", "results", "server", "workspace"]
