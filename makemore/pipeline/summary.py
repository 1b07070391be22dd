"""What `makemore repro` says to people: what it will do, what came out, and what to try next."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from makemore.core.artifacts import read_artifact
from makemore.core.layout import METRICS, PARAMS, REPORT_HTML
from makemore.core.params import load_params
from makemore.core.results import Metrics


def kinds(stages: Iterable[str]) -> str:
    """The stages without their variants, such as "check, prepare, 12 x train"."""
    counts = Counter(stage.partition("@")[0] for stage in stages)
    return ", ".join(kind if count == 1 else f"{count} x {kind}" for kind, count in counts.items())


def closing_lines() -> list[str]:
    """The best variant, where the report is, and commands to try next.

    Nothing if there is no report: then the pipeline in this folder is another one than ours.
    """
    if not REPORT_HTML.exists():
        return []
    best, nll = best_variant()
    commands = {
        f"makemore sample {best} -n 10": "names from it",
        "make ui": "all runs in MLflow",
        "makemore new-variant mine --like gpt -S n_layer=2": "your own variant; then run this again",
    }
    width = max(map(len, commands))
    return [
        "",
        f"best on dev: {best}, {nll:.4f} nats per symbol",
        f"report: {REPORT_HTML} (open it in a browser)",
        "next:",
        *(f"  {command:{width}}  # {comment}" for command, comment in commands.items()),
    ]


def best_variant(folder: Path = Path()) -> tuple[str, float]:
    """The variant of the project in `folder` with the lowest NLL on dev, and that NLL, in nats per symbol."""
    variants = load_params(folder / PARAMS).all_variants
    files = {variant: folder / METRICS / f"{variant}.json" for variant in variants}
    losses = {variant: read_artifact(file, Metrics).dev.nll for variant, file in files.items()}
    best = min(losses, key=losses.__getitem__)
    return best, losses[best]
