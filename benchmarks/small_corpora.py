"""Small corpora: are models trained with the suggested parameters better than counting pairs?

Dev of a hundred names is small, so models are compared on several splits, and the losses are those of the names in dev
of any of them.
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks.harness import ROOT, table
from makemore.api import check_data
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.evaluation import likelihood
from makemore.models.base.catalog import parse_config
from makemore.project.preparing import prepare_names
from makemore.project.suggestions import with_changes
from makemore.training.fit import fit

SEEDS = {"elements": 5, "places": 2}
FILES = {name: ROOT / "datasets" / f"{name}.txt" for name in SEEDS}


def suggested(params: Params, file: Path) -> Params:
    """`params` with what `makemore data check` suggests for the names in `file`."""
    return with_changes(params, check_data(file).changes)


def dev_losses(params: Params, variants: Iterable[str], seed: int) -> dict[str, tuple[float, int]]:
    """For each variant, fitted to the split with this seed: the nats of dev, and its symbols."""
    losses = {}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Corpus.load(prepare_names(params.data, Path(folder), "data", seed=seed).folder)
        for variant in variants:
            model, _ = fit(parse_config(variant, params.variants[variant]), corpus, variant)
            found = likelihood(model, corpus.names["dev"])
            losses[variant] = (float(found.nll.sum()), int(found.symbols.sum()))
    return losses


def main(params: Params) -> None:
    for name, file in FILES.items():
        chosen = suggested(params, file)
        found = [dev_losses(chosen, chosen.variants, seed) for seed in range(1, SEEDS[name] + 1)]
        means = {
            variant: sum(split[variant][0] for split in found) / sum(split[variant][1] for split in found)
            for variant in chosen.variants
        }
        table(
            f"{name}.txt, {SEEDS[name]} splits",
            ("variant", "steps", "dev NLL", "minus count", "splits in which it is better"),
            [
                (
                    variant,
                    chosen.variants[variant].get("steps", ""),
                    f"{mean:.3f}",
                    f"{mean - means['count']:+.3f}",
                    sum(split[variant] < split["count"] for split in found),
                )
                for variant, mean in sorted(means.items(), key=lambda item: item[1])
            ],
        )
