"""Mean and spread of the dev NLL over seeds, for a sweep that varies `seed`.

This is the luck of training: another seed gives other initial weights, another order of names, other dropout. It is not
the uncertainty that the intervals in reports/metrics describe, which comes from the names that the loss is measured on.
"""

import math
from statistics import fmean, stdev

from makemore.sweeps.results import Result, Sweep

SEED = "seed"
NOTE = (
    "Mean and standard deviation over seeds: how much the luck of training matters. The 95% intervals of the report "
    "are another uncertainty: how much it matters on which names a loss is measured."
)


def seeds_table(sweep: Sweep) -> list[list[str]]:
    """A header, and a row for each combination of variant and other values, the best mean first.

    Empty if the sweep does not vary the seed, or no combination has two of them.
    """
    if SEED not in sweep.parameters:
        return []
    others = [name for name in sweep.parameters if name != SEED]
    groups: dict[tuple[str, ...], list[Result]] = {}
    for each in (result for result in sweep.results if not math.isnan(result.dev)):
        groups.setdefault((each.variant, *(each.params.get(name, "") for name in others)), []).append(each)
    several = {key: [each.dev for each in found] for key, found in groups.items() if len(found) > 1}
    rows = [
        [*key, *_summary(nlls)] for key, nlls in sorted(several.items(), key=lambda item: (fmean(item[1]), item[0]))
    ]
    header = ["variant", *others, "seeds", "mean dev NLL", "standard deviation", "lowest", "highest"]
    return [header, *rows] if rows else []


def _summary(nlls: list[float]) -> list[str]:
    """The numbers of one row. Infinite losses have no standard deviation."""
    spread = f"{stdev(nlls):.4f}" if math.isfinite(max(nlls)) else "–"
    return [str(len(nlls)), f"{fmean(nlls):.4f}", spread, f"{min(nlls):.4f}", f"{max(nlls):.4f}"]
