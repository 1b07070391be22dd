"""`makemore compare --base REV`: what changed since a commit, as Markdown for a person or a pull request.

For each variant: the dev NLL before and now, the difference with its interval, and a verdict. Nothing is recomputed.
If DVC's cache has the commit's loss of each name, and the corpus is the same, the difference is paired. Otherwise its
interval follows from the two intervals in the metrics, as if the names were different ones. It is then wider than
necessary, and a small improvement may not be recognised.

Source of the unpaired interval: Zou & Donner, "Construction of confidence limits about effect measures: a general
approach" (2008), for independent samples.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import safetensors.torch

from makemore.comparing.difference import span
from makemore.core.artifacts import read_artifact
from makemore.core.errors import UserError
from makemore.core.files import read_bytes
from makemore.core.layout import CORPUS, LOCK, LOSSES, METRICS, PARAMS
from makemore.core.params import Params
from makemore.core.results import HeldOutMetrics, Metrics
from makemore.core.yaml import flat_values, parse_yaml
from makemore.corpus.corpus import Corpus
from makemore.report.escape import markdown_table
from makemore.revisions import Revision, outputs_of, parse_lock
from makemore.statistics.bootstrap import Interval
from makemore.statistics.names import HELD_OUT, DistinctNames, parse_losses, read_losses
from makemore.statistics.ranking import Difference, Losses


@dataclass(frozen=True)
class Change:
    """The dev NLL of a variant before and now. `paired`: whether the difference was measured name by name."""

    before: float
    now: float
    difference: Difference
    paired: bool


@dataclass(frozen=True)
class Parameter:
    """A value before and now; None where there was or is none."""

    before: str | None
    now: str | None


@dataclass(frozen=True)
class Comparison:
    """The current results and those of a commit.

    revision, commit: what the user called it, and its hash
    changed: the variants whose dev NLL has changed
    unchanged, new, removed: the dev NLL of the others: those that both have, and those that only one of them has
    params: the parameters that differ, by their dotted names
    note: what a reader must know about the intervals
    """

    revision: str
    commit: str
    changed: dict[str, Change]
    unchanged: dict[str, float]
    new: dict[str, float]
    removed: dict[str, float]
    params: dict[str, Parameter]
    note: str

    def markdown(self) -> str:
        """The comparison for people."""
        lists = {
            "New": [f"{variant} ({nll:.4f})" for variant, nll in self.new.items()],
            "Removed": [f"{variant} ({nll:.4f})" for variant, nll in self.removed.items()],
            "Unchanged": list(self.unchanged),
        }
        parts = [
            f"## Results compared with {self.revision} ({self.commit[:7]})",
            _table(self.changed) if self.changed else "No dev NLL has changed.",
            "\n".join(f"- {title}: {', '.join(variants)}" for title, variants in lists.items() if variants),
            self.note,
            _parameter_table(self.params),
        ]
        return "\n\n".join(filter(None, parts))


def compare_base(name: str, params: Params) -> Comparison:
    """The comparison of the results in the current folder with those of the commit that git calls `name`.

    Raises UserError if there is no such commit, if it has no results, or if the current ones are missing or damaged.
    """
    base = Revision.find(name, "compare")
    old = {variant: metrics.dev for variant, metrics in base.metrics.items()}
    new = {variant: read_artifact(METRICS / f"{variant}.json", Metrics).dev for variant in params.all_variants}
    both = {variant: dev for variant, dev in new.items() if variant in old}
    pairing = _Pairing(base)
    changed = {
        variant: _change(old[variant], dev, pairing.difference(variant))
        for variant, dev in both.items()
        if dev.nll != old[variant].nll
    }
    return Comparison(
        revision=base.name,
        commit=base.commit,
        changed=changed,
        unchanged={variant: dev.nll for variant, dev in both.items() if variant not in changed},
        new={variant: dev.nll for variant, dev in new.items() if variant not in old},
        removed={variant: dev.nll for variant, dev in old.items() if variant not in new},
        params=_changed_parameters(base.params, parse_yaml(read_bytes(PARAMS))),
        note=pairing.note(changed),
    )


class _Pairing:
    """Finds the losses of each name before and now, if both are of the same names."""

    def __init__(self, base: Revision) -> None:
        self._base = base
        now = outputs_of(parse_lock(read_bytes(LOCK), str(LOCK)))
        corpus = CORPUS.as_posix()
        self.same_corpus = corpus in now and now[corpus] == base.outputs.get(corpus)

    @cached_property
    def _names(self) -> dict[str, DistinctNames]:
        rows = Corpus.load(CORPUS).names if self.same_corpus and CORPUS.exists() else {}
        return {split: DistinctNames.of(rows[split]) for split in HELD_OUT if split in rows}

    def difference(self, variant: str) -> Difference | None:
        """The paired difference, now minus before; None if the losses of one are not here."""
        path = LOSSES / f"{variant}.safetensors"
        name = path.as_posix()
        before = self._base.files(name) if self._names and path.exists() else {}
        if not before:
            return None
        if damage := self._base.damage(name):
            raise UserError(f"compare: {path} of {self._base}: {damage}")
        old = parse_losses(safetensors.torch.load(before[name]), self._names, path)
        nll = {"before": old["dev"], "now": read_losses(path, self._names)["dev"]}
        return Losses(nll, self._names["dev"].symbols).difference("now", "before")

    def note(self, changes: dict[str, Change]) -> str:
        """What a reader must know about the intervals."""
        unpaired = [variant for variant, change in changes.items() if not change.paired]
        if not changes:
            return ""
        if not self.same_corpus:
            return "**The corpus has changed, so the losses are those of different names.** Intervals are unpaired."
        if not unpaired:
            return "Differences are paired: both models were measured on the same names."
        return (
            f"Intervals of {', '.join(unpaired)} are unpaired, and wider than necessary: the losses of each name at "
            f"{self._base.name} are not in DVC's cache."
        )


def _change(before: HeldOutMetrics, now: HeldOutMetrics, paired: Difference | None) -> Change:
    difference = paired or Difference(now.nll - before.nll, _unpaired(before, now))
    return Change(before.nll, now.nll, difference, paired is not None)


def _unpaired(before: HeldOutMetrics, now: HeldOutMetrics) -> Interval | None:
    """The interval of now minus before, from the metrics of a split each; None if one of them has no interval."""
    if before.nll_low is None or before.nll_high is None or now.nll_low is None or now.nll_high is None:
        return None
    difference = now.nll - before.nll
    down = math.hypot(now.nll - now.nll_low, before.nll_high - before.nll)
    up = math.hypot(now.nll_high - now.nll, before.nll - before.nll_low)
    if math.isnan(difference) or math.isnan(down) or math.isnan(up):  # infinity minus infinity
        return Interval(-math.inf, math.inf)
    return Interval(difference - down, difference + up)


def _table(changes: dict[str, Change]) -> str:
    rows = [
        [
            variant,
            f"{change.before:.4f}",
            f"{change.now:.4f}",
            f"{change.difference.value:+.4f}",
            span(change.difference),
            change.difference.verdict,
        ]
        for variant, change in sorted(changes.items(), key=lambda item: item[1].now)
    ]
    return markdown_table([["variant", "dev NLL before", "now", "difference", "95% interval", "verdict"], *rows])


def _changed_parameters(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Parameter]:
    """The parameters that differ between the contents of two params.yaml: those of now first."""
    old, new = dict(flat_values(before)), dict(flat_values(now))
    values = {name: Parameter(old.get(name), new.get(name)) for name in [*new, *old]}
    return {name: value for name, value in values.items() if value.before != value.now}


def _parameter_table(changed: dict[str, Parameter]) -> str:
    rows = [
        [name, *("–" if value is None else value for value in (each.before, each.now))]
        for name, each in changed.items()
    ]
    return markdown_table([["changed parameter", "before", "now"], *rows]) if rows else ""
