"""`makemore sweep NAME --set ...`: the pipeline with a variant for each combination of values, and which is the best.

All run in one temporary clone, and become one experiment of DVC. A variant that fails is left out.
"""

import json
import shlex
import sys
from statistics import fmean, stdev

from makemore.core import determinism
from makemore.core.errors import UserError, shown
from makemore.core.files import json_text, read_text, write_text
from makemore.core.layout import PARAMS
from makemore.core.params import Params, load_params, parse_section
from makemore.experiments.clone import Clone, check_name, temporary_clone
from makemore.experiments.entries import Entry, Grid, grid
from makemore.project.new_variant import with_entry
from makemore.report.escape import markdown_table
from makemore.revisions import Revision

_SUBJECT = "makemore sweep: "  # of the commit; then come the variants that were compared


def run_sweep(name: str, settings: list[str], jobs: int, as_json: bool) -> int:
    """Runs a sweep, and prints its table, or JSON, and then why variants failed. Returns 1 if any did, else 0.

    settings: what the user typed
    jobs: stages at a time

    Raises UserError for bad settings or a bad name; Interrupted after Ctrl-C.
    """
    params = load_params()
    wanted = grid(settings, params)
    failed = _refused(wanted.entries, params)
    with temporary_clone(name, _SUBJECT) as clone:
        status = _run(clone, wanted, failed, jobs, sys.stderr.fileno() if as_json else None)
        if status:
            return status
        kept = [variant for variant in wanted.compared if variant not in failed]
        page = clone.keep(f"{_SUBJECT}{' '.join(kept)}") if len(failed) < max(1, len(wanted.entries)) else None
    if page:
        print(file=sys.stderr if as_json else sys.stdout)
        show_sweep(name, as_json)
        if not as_json:
            print(f"\nreport: {page} (open it in a browser)")
            print(f"next: dvc exp apply {name}  # bring these variants here")
    elif as_json:
        print(json_text({"name": name, "results": []}))
    for variant, message in failed.items():
        print(f"error: {variant}: {' '.join(message.split())}", file=sys.stderr)
    if failed:
        again = shlex.join(["makemore", "sweep", name, *(word for each in settings for word in ("--set", each))])
        print(f"{len(failed)} of {len(wanted.entries)} variants failed; try them again: {again}", file=sys.stderr)
    return 1 if failed else 0


def _refused(entries: dict[str, Entry], params: Params) -> dict[str, str]:
    """The entries that their models do not allow, and why."""
    determinism.configure(params.compute)
    from makemore.models.base.catalog import parse_config

    refused = {}
    for name, entry in entries.items():
        try:
            parse_config(name, params.variants[entry.like] | entry.values)
        except UserError as error:
            refused[name] = str(error).removeprefix(f"{PARAMS}: variants.{name}: ")
    return refused


def _run(clone: Clone, wanted: Grid, failed: dict[str, str], jobs: int, output: int | None) -> int:
    """Runs the pipeline with the entries that have not failed; if some then fail, once more without those.

    failed: the entries that are left out, and why; those that fail are added

    Returns the exit status of `makemore repro`, or 0 if no entry is left.
    """
    params = clone.folder / PARAMS
    without = read_text(params)
    for options in (["--keep-going"], []):
        text = without
        for name, entry in wanted.entries.items():
            if name not in failed:
                text, _ = with_entry(text, name, entry.like, entry.values)
        write_text(params, text)
        if wanted.entries and len(failed) == len(wanted.entries):
            return 0
        status = clone.repro(jobs, *options, output=output)
        failures = {stage.partition("@")[2]: message for stage, message in clone.failures().items()}
        if not status or not failures or not failures.keys() <= wanted.entries.keys():
            return status
        failed |= failures
    return status


def show_sweep(name: str, as_json: bool) -> None:
    """Prints the table of a sweep, the best variant first, or JSON. Raises UserError if there is no such sweep."""
    check_name(name)
    load_params()  # says so if this is no project
    swept = Revision.experiment(name, "sweep")
    if swept is None or not swept.subject.startswith(_SUBJECT):
        raise UserError(f"there is no sweep {shown(name)} here; `dvc exp list --all-commits` lists all experiments")
    variants = swept.subject.removeprefix(_SUBJECT).split()
    found = dict(sorted(((each, swept.metrics[each]) for each in variants), key=lambda item: item[1].dev.nll))
    if as_json:
        results = [{"variant": each} | metrics.model_dump(exclude_unset=True) for each, metrics in found.items()]
        print(json_text({"name": name, "results": results}), flush=True)
        return
    rows = [["variant", "dev NLL", "95% interval", "test NLL"]]
    for each, metrics in found.items():
        low, high = metrics.dev.nll_low, metrics.dev.nll_high
        interval = "" if low is None or high is None else f"{low:.4f} to {high:.4f}"
        rows.append([each, f"{metrics.dev.nll:.4f}", interval, f"{metrics.test.nll:.4f}" if metrics.test else ""])
    print(markdown_table(rows), flush=True)
    params = parse_section(Params, swept.params, str(PARAMS))
    for line in _seeds(params, {each: metrics.dev.nll for each, metrics in found.items()}):
        print(f"\n{line}", flush=True)


def _seeds(params: Params, losses: dict[str, float]) -> list[str]:
    """A line for each group of variants that differ only in their seed, which shows the luck of training."""
    groups: dict[str, list[str]] = {}
    for variant in losses:
        others = {key: value for key, value in params.variants[variant].items() if key != "seed"}
        groups.setdefault(json.dumps(others, sort_keys=True), []).append(variant)
    return [
        f"{', '.join(group)}: dev NLL over {len(group)} seeds: "
        f"mean {fmean(losses[each] for each in group):.4f}, "
        f"standard deviation {stdev(losses[each] for each in group):.4f}"
        for group in groups.values()
        if len(group) > 1
    ]
