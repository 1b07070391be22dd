"""What the experiments of a sweep found, read from their commits: losses, values, and training curves.

The commits are the source, not MLflow, which may be down and shows equal results once; curves come from DVC's cache.
"""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from makemore.commands import git
from makemore.core.curve import Point, read_curve
from makemore.core.errors import UserError, shown
from makemore.core.layout import CURVE_FILE, LOCK, METRICS, MODELS, PARAMS
from makemore.core.yaml import flat_values, parse_yaml

_REF = re.compile(r"refs/exps/([0-9a-f]{2})/([0-9a-f]{38,62})/(.+)-\d+")


@dataclass(frozen=True)
class Result:
    """A variant in an experiment: its parameters, with short names, and those outside of variants with dotted ones."""

    experiment: str
    variant: str
    params: dict[str, str]
    dev: float
    test: float
    commit: str


@dataclass(frozen=True)
class Sweep:
    """The results of a sweep on top of one commit, best dev NLL first, and the parameters in which they differ."""

    name: str
    baseline: str
    results: list[Result]
    parameters: list[str]

    def table(self) -> list[list[str]]:
        """A header, and a row for each result."""
        header = ["experiment", "variant", *self.parameters, "dev NLL", "test NLL"]
        rows = [
            [
                each.experiment,
                each.variant,
                *(each.params.get(name, "") for name in self.parameters),
                *(f"{nll:.4f}" for nll in (each.dev, each.test)),
            ]
            for each in self.results
        ]
        return [header, *rows]

    def as_json(self) -> dict[str, Any]:
        """The same for programs; a loss is null if the experiment has none."""
        return {
            "name": self.name,
            "baseline": self.baseline,
            "results": [
                {
                    "experiment": each.experiment,
                    "variant": each.variant,
                    "params": {name: each.params[name] for name in self.parameters if name in each.params},
                    "dev_nll": None if math.isnan(each.dev) else each.dev,
                    "test_nll": None if math.isnan(each.test) else each.test,
                }
                for each in self.results
            ],
        }

    def losses(self) -> pd.DataFrame:
        """A row for each result: variant (its label), nll (on dev), and the value of each parameter."""
        rows = [
            {"variant": self._label(each), "nll": each.dev}
            | {name: _number(each.params.get(name, "")) for name in self.parameters}
            for each in self.results
        ]
        return pd.DataFrame(rows)

    def curves(self) -> dict[str, list[Point]]:
        """The training curve of each result by its label, without those that are not in DVC's cache."""
        found = {self._label(each): _curve(each.commit, each.variant) for each in self.results}
        return {label: curve for label, curve in found.items() if curve}

    def _label(self, result: Result) -> str:
        """The name of a result in a chart: its values, preceded by its variant if there are several."""
        several = len({each.variant for each in self.results}) > 1
        named = {"variant": result.variant} | result.params
        names = ["variant", *self.parameters] if several else self.parameters
        return ", ".join(f"{name} {named[name]}" for name in names if name in named)


def read_sweep(name: str) -> Sweep:
    """The sweep called `name`, on top of the current commit or else of the one with its newest experiment.

    Raises UserError if there is none.
    """
    listed = git("for-each-ref", "--sort=-committerdate", "--format=%(refname)", "refs/exps").decode().split()
    found = [(match[3], match[1] + match[2], ref) for ref in listed if (match := _REF.fullmatch(ref))]
    baselines = [baseline for sweep, baseline, _ in found if sweep == name]
    if not baselines:
        known = ", ".join(sorted({sweep for sweep, *_ in found})) or "none"
        raise UserError(f"there is no sweep {shown(name)}; known sweeps: {known}")
    head = git("rev-parse", "HEAD").decode().strip()
    baseline = head if head in baselines else baselines[0]
    refs = [ref for sweep, started_from, ref in found if (sweep, started_from) == (name, baseline)]
    return summarise(name, baseline, {ref.rpartition("/")[2]: ref for ref in refs})


def summarise(name: str, baseline: str, experiments: dict[str, str]) -> Sweep:
    """The sweep of these experiments, each with its commit.

    Its variants are those that have a parameter which differs, or all, if a parameter outside of variants differs.
    """
    values = {experiment: _params(commit) for experiment, commit in experiments.items()}
    compared = list(values.values()) if len(values) > 1 else [*values.values(), _params(baseline)]
    changed = {key for each in compared for key in each if len({other.get(key) for other in compared}) > 1}
    results = [
        each
        for experiment, params in values.items()
        for each in _results(experiment, experiments[experiment], params, changed)
    ]
    results.sort(key=lambda each: (math.isnan(each.dev), each.dev, each.experiment, each.variant))
    return Sweep(name, baseline, results, sorted({_short(key) for key in changed}))


def results_of(experiment: str, commit: str, keys: Iterable[str]) -> list[Result]:
    """The results of an experiment, for the variants that the parameters with these dotted names concern."""
    return _results(experiment, commit, _params(commit), keys)


def _results(experiment: str, commit: str, params: dict[str, str], keys: Iterable[str]) -> list[Result]:
    concerned = {_variant(key) for key in keys}
    variants = dict.fromkeys(filter(None, map(_variant, params)))
    return [
        _result(experiment, commit, variant, params)
        for variant in variants
        if variant in concerned or None in concerned
    ]


def _params(commit: str) -> dict[str, str]:
    """The parameters of a commit, flat, by their dotted names."""
    return dict(flat_values(parse_yaml(git("show", f"{commit}:{PARAMS}"))))


def _variant(key: str) -> str | None:
    """The variant whose parameter this is, if any."""
    section, _, rest = key.partition(".")
    return rest.partition(".")[0] if section == "variants" else None


def _short(key: str) -> str:
    variant = _variant(key)
    return key.removeprefix(f"variants.{variant}.") if variant else key


def _result(experiment: str, commit: str, variant: str, params: dict[str, str]) -> Result:
    mine = {_short(key): value for key, value in params.items() if _variant(key) in {variant, None}}
    metrics = json.loads(git("show", f"{commit}:{METRICS / variant}.json") or "{}")
    dev, test = (float(metrics.get(split, {}).get("nll", "nan")) for split in ("dev", "test"))
    return Result(experiment, variant, mine, dev, test, commit)


def _curve(commit: str, variant: str) -> list[Point]:
    from dvc.repo import Repo  # type: ignore[import-untyped]

    stages = parse_yaml(git("show", f"{commit}:{LOCK}"))["stages"]
    outputs = {each["path"]: each["md5"] for each in stages[f"train@{variant}"]["outs"]}
    with Repo() as repo:
        path = Path(repo.cache.local.oid_to_path(outputs[str(MODELS / variant / CURVE_FILE)]))
    return read_curve(path) if path.exists() else []


def _number(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
