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
from typing import Any

import yaml

from makemore.comparing.committed import Committed, outputs_of
from makemore.comparing.difference import as_json, span
from makemore.comparing.parameters import Changed, changed_parameters, parameter_table
from makemore.core.artifacts import read_artifact
from makemore.core.files import read_bytes
from makemore.core.layout import CORPUS, LOCK, LOSSES, METRICS, PARAMS
from makemore.core.params import Params
from makemore.core.results import Metrics
from makemore.core.yaml import parse_yaml
from makemore.corpus.corpus import Corpus
from makemore.report.escape import markdown_table
from makemore.statistics.bootstrap import Interval
from makemore.statistics.names import HELD_OUT, DistinctNames, parse_losses, read_losses
from makemore.statistics.ranking import Difference, Losses


@dataclass(frozen=True)
class Change:
    """The dev NLL of a variant before and now. `paired`: whether the difference was measured name by name."""

    variant: str
    before: float
    now: float
    difference: Difference
    paired: bool


@dataclass(frozen=True)
class Comparison:
    """The current results and those of a commit.

    revision, commit: what the user called it, and its hash
    changed: the variants whose dev NLL has changed
    unchanged, new, removed: the dev NLL of the others: those that both have, and those that only one of them has
    params: the parameters that differ
    note: what a reader must know about the intervals
    """

    revision: str
    commit: str
    changed: list[Change]
    unchanged: dict[str, float]
    new: dict[str, float]
    removed: dict[str, float]
    params: Changed
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
            parameter_table(self.params),
        ]
        return "\n\n".join(filter(None, parts))

    def as_json(self) -> dict[str, Any]:
        """The comparison for programs."""
        return {
            "revision": self.revision,
            "commit": self.commit,
            "changed": {
                each.variant: {
                    "before": each.before,
                    "now": each.now,
                    "difference": as_json(each.difference),
                    "paired": each.paired,
                }
                for each in self.changed
            },
            "unchanged": self.unchanged,
            "new": self.new,
            "removed": self.removed,
            "params": {name: {"before": before, "now": now} for name, (before, now) in self.params.items()},
            "note": self.note,
        }


def compare_base(revision: str, params: Params) -> Comparison:
    """The comparison of the results in the current folder with those of `revision`.

    Raises UserError if `revision` is not a commit with results, or if the current results are missing or damaged.
    """
    base = Committed.read(revision)
    metrics = {variant: read_artifact(METRICS / f"{variant}.json", Metrics).model_dump() for variant in params.variants}
    nll, before = ({variant: each["dev"]["nll"] for variant, each in of.items()} for of in (metrics, base.metrics))
    common = [variant for variant in nll if variant in before]
    pairing = _Pairing(base)
    changed = [
        _change(variant, base.metrics[variant], metrics[variant], pairing)
        for variant in common
        if nll[variant] != before[variant]
    ]
    return Comparison(
        revision=base.revision,
        commit=base.commit,
        changed=changed,
        unchanged={variant: nll[variant] for variant in common if nll[variant] == before[variant]},
        new={variant: nll[variant] for variant in nll if variant not in before},
        removed={variant: before[variant] for variant in before if variant not in nll},
        params=changed_parameters(base.params, parse_yaml(read_bytes(PARAMS))),
        note=pairing.note(changed),
    )


class _Pairing:
    """Finds the losses of each name before and now, if both are of the same names."""

    def __init__(self, base: Committed) -> None:
        self._base = base
        lock = outputs_of(yaml.safe_load(read_bytes(LOCK)) or {})
        self.same_corpus = base.corpus == lock.get(CORPUS.as_posix())
        names = Corpus.load(CORPUS).names if self.same_corpus and CORPUS.exists() else {}
        self._names = {split: DistinctNames.of(names[split]) for split in HELD_OUT if split in names}

    def difference(self, variant: str) -> Difference | None:
        """The paired difference, now minus before; None if the losses of one are not here."""
        path = LOSSES / f"{variant}.safetensors"
        before = self._base.losses(variant) if self._names and path.exists() else None
        if before is None:
            return None
        old, new = parse_losses(before, self._names, path), read_losses(path, self._names)
        nll = {"before": old["dev"], "now": new["dev"]}
        return Losses(nll, self._names["dev"].symbols).difference("now", "before")

    def note(self, changes: list[Change]) -> str:
        """What a reader must know about the intervals."""
        unpaired = [change.variant for change in changes if not change.paired]
        if not changes:
            return ""
        if not self.same_corpus:
            return "**The corpus has changed, so the losses are those of different names.** Intervals are unpaired."
        if not unpaired:
            return "Differences are paired: both models were measured on the same names."
        return (
            f"Intervals of {', '.join(unpaired)} are unpaired, and wider than necessary: the losses of each name at "
            f"{self._base.revision} are not in DVC's cache."
        )


def _change(variant: str, before: dict[str, Any], now: dict[str, Any], pairing: _Pairing) -> Change:
    old, new = before["dev"], now["dev"]
    paired = pairing.difference(variant)
    difference = paired or Difference(new["nll"] - old["nll"], _unpaired(old, new))
    return Change(variant, old["nll"], new["nll"], difference, paired is not None)


def _unpaired(before: dict[str, Any], now: dict[str, Any]) -> Interval | None:
    """The interval of now minus before, from the metrics of a split each; None if one of them has no interval."""
    if before.get("nll_low") is None or now.get("nll_low") is None:
        return None
    difference = now["nll"] - before["nll"]
    down = math.hypot(now["nll"] - now["nll_low"], before["nll_high"] - before["nll"])
    up = math.hypot(now["nll_high"] - now["nll"], before["nll"] - before["nll_low"])
    if math.isnan(difference) or math.isnan(down) or math.isnan(up):  # infinity minus infinity
        return Interval(-math.inf, math.inf)
    return Interval(difference - down, difference + up)


def _table(changes: list[Change]) -> str:
    header = ["variant", "dev NLL before", "now", "difference", "95% interval", "verdict"]
    rows = [
        [
            change.variant,
            f"{change.before:.4f}",
            f"{change.now:.4f}",
            f"{change.difference.value:+.4f}",
            span(change.difference),
            change.difference.verdict,
        ]
        for change in sorted(changes, key=lambda change: change.now)
    ]
    return markdown_table([header, *rows])
