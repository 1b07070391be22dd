"""`makemore sweep`: runs what a sweep lacks, with a line for each experiment that ends, and shows its results."""

import re
import sys
from pathlib import Path

from makemore.core.errors import Interrupted, UserError, shown
from makemore.core.files import json_text, write_text
from makemore.report.escape import markdown_table
from makemore.sweeps.grid import grid, split_settings
from makemore.sweeps.page import sweep_page
from makemore.sweeps.plan import Experiment, Plan, experiment_ref, make_plan
from makemore.sweeps.results import Sweep, read_sweep, results_of
from makemore.sweeps.seeds import NOTE, seeds_table
from makemore.sweeps.supervisor import Outcome, supervised


def run_sweep(name: str, settings: list[str], jobs: int, part: str, report: Path | None, as_json: bool) -> int:
    """Runs the experiments without results and shows the sweep. Returns 1 if any of them failed, else 0.

    settings: what the user typed; each may hold several, separated by spaces
    jobs: experiments at a time
    part: "I/N": only every N-th experiment, beginning with the I-th
    report: where to write the page, if anywhere
    as_json: print the results as JSON, and what is going on to stderr

    Raises UserError for bad settings, a name that another sweep has, or a bad part; Interrupted after Ctrl-C.
    """
    plan = make_plan(name, grid([each for text in settings for each in split_settings(text)]))
    chosen = _part(plan.experiments, part)
    missing = [experiment for experiment in chosen if experiment.name not in plan.done]
    already = f", {len(chosen) - len(missing)} of them already done" if len(missing) < len(chosen) else ""
    progress = sys.stderr if as_json else sys.stdout
    print(f"sweep {name}: {_count(len(chosen))}{already}, {jobs} at a time", file=progress, flush=True)
    outcomes: list[Outcome] = []
    try:
        with supervised(plan, missing, jobs) as ended:
            for outcome in ended:
                outcomes.append(outcome)
                said = f"[{len(outcomes)}/{len(missing)}] {outcome.experiment}: {_said(plan, outcome)}"
                print(said, file=progress, flush=True)
                for warning in outcome.warnings:
                    print(f"{outcome.experiment.name}: {warning}", file=sys.stderr)
    except KeyboardInterrupt:
        raise Interrupted(
            f"{len(outcomes)} of {_count(len(missing))} ended; the same command runs the others"
        ) from None
    outcomes.sort(key=lambda outcome: plan.experiments.index(outcome.experiment))
    failed = [outcome for outcome in outcomes if outcome.error]
    if len(failed) < len(outcomes) or plan.done:
        print(file=progress)
        show_sweep(name, report, as_json)
    elif as_json:
        print(json_text(Sweep(name, plan.baseline, [], []).as_json()))
    for outcome in failed:
        print(f"error: {outcome.experiment}: {outcome.error}; its output: {outcome.log}", file=sys.stderr)
    if failed:
        print(f"{len(failed)} of {_count(len(missing))} failed; the same command tries them again", file=sys.stderr)
    return 1 if failed else 0


def show_sweep(name: str, report: Path | None, as_json: bool) -> None:
    """Prints the table of a sweep, or all of it as JSON, and writes its page if `report` is given.

    Raises UserError if there is no such sweep.
    """
    sweep = read_sweep(name)
    seeds = seeds_table(sweep)
    if as_json:
        print(json_text(sweep.as_json()), flush=True)
    else:
        print(markdown_table(sweep.table()), flush=True)
        if seeds:
            print(f"\n{NOTE}\n\n{markdown_table(seeds)}", flush=True)
    if report:
        page = sweep_page(name, sweep.table(), sweep.losses(), sweep.parameters, sweep.curves(), seeds)
        write_text(report, page)
        print(f"\nwith charts: {report}", file=sys.stderr if as_json else sys.stdout, flush=True)


def _said(plan: Plan, outcome: Outcome) -> str:
    if outcome.error:
        return f"failed: {outcome.error}"
    name, settings = outcome.experiment.name, outcome.experiment.settings
    keys = [setting.partition("=")[0].lstrip("+~") for setting in settings]
    results = results_of(name, experiment_ref(plan.baseline, name), keys)
    return "dev NLL " + ", ".join(f"{each.dev:.4f} ({each.variant})" for each in results)


def _part(experiments: list[Experiment], part: str) -> list[Experiment]:
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", part)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise UserError(f"the part {shown(part)} is not like 1/2 or 2/2")
    return experiments[int(match[1]) - 1 :: int(match[2])]


def _count(number: int) -> str:
    return f"{number} experiment{'' if number == 1 else 's'}"
