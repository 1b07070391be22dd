"""`makemore repro [STAGE ...] [--jobs N]`: `dvc repro` with several stages at a time.

Afterwards everything is as after a serial `dvc repro`: the outputs, DVC's cache, and dvc.lock to the byte. Only the run
cache has more: DVC leaves out the stages with outputs that git keeps.
"""

import os
import time
from collections import Counter

from makemore.core.cores import available_cores
from makemore.core.errors import UserError
from makemore.core.files import write_json
from makemore.pipeline.display import Display
from makemore.pipeline.folder import FAILURES, FOLDER, lock_repro
from makemore.pipeline.lock_file import forget_order, serial_order
from makemore.pipeline.processes import Processes, stop_signals
from makemore.pipeline.project import Project, check_folder
from makemore.pipeline.schedule import Graph, run_schedule
from makemore.pipeline.summary import closing_lines, kinds


def repro(targets: list[str], jobs: int, keep_going: bool = False) -> int:
    """Brings the stages `targets`, or the whole pipeline if there are none, up to date. Returns the exit status 0.

    jobs: how many stages run at a time
    keep_going: whether stages that do not need a failed one still run, as with `dvc repro --keep-going`

    Raises UserError if stages fail, with their own messages, and Interrupted after Ctrl-C.
    """
    check_folder()
    # The cores are for stages side by side; results do not depend on the threads of a stage.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, available_cores() // jobs)))
    with lock_repro():
        FAILURES.unlink(missing_ok=True)
        project = Project(targets)
        with stop_signals() as signals:
            _run(project, jobs, signals, keep_going)
    for line in closing_lines() if not targets else []:
        print(line)
    return 0


def _run(project: Project, jobs: int, signals: list[int], keep_going: bool) -> None:
    started = time.monotonic()
    changed = project.changed(*project.graph)
    affected = _downstream(project.graph, changed)
    display = Display(max(map(len, project.graph)))
    display.say(
        f"{len(affected)} of {len(project.graph)} stages may have to run, {jobs} at a time (their output: {FOLDER})"
    )
    if len(affected) > 1:
        display.say(kinds(affected))
    graph = {stage: [other for other in project.graph[stage] if other in affected] for stage in affected}
    work = Processes(project, changed, serial_order(list(project.graph)), signals, display, keep_going)
    try:
        run_schedule(graph, jobs, work)
    finally:
        counts = Counter[str](work.outcomes.values())
        counts["unchanged"] += len(project.graph) - len(affected)
        counts["not started"] = len(affected) - len(work.outcomes)
        ended = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()) if count)
        display.say(f"{ended}; {time.monotonic() - started:.0f} s")
    if work.failures:
        write_json(FAILURES, work.failures)
        raise UserError("\n".join(f"{stage}: {message}" for stage, message in work.failures.items()))
    forget_order()


def _downstream(graph: Graph, changed: set[str]) -> list[str]:
    """The changed stages and all that depend on them, in the order of `graph`: dependencies first."""
    affected: set[str] = set()
    for stage, dependencies in graph.items():
        if stage in changed or affected.intersection(dependencies):
            affected.add(stage)
    return [stage for stage in graph if stage in affected]
