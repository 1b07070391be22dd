"""A repository with results: made-up losses of three variants on real rows of names, in git and in DVC's cache."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from makemore.core.files import file_md5, write_json, write_text
from makemore.core.layout import CORPUS, LOCK, LOSSES, METRICS, PARAMS
from makemore.corpus.corpus import Corpus
from makemore.statistics.names import HELD_OUT, DistinctNames, write_losses
from makemore.statistics.ranking import Losses
from tests.saving import save_corpus

LETTERS = "abcde"
WORDS = [first + second + third for first in LETTERS for second in LETTERS for third in ("", "a", "bc")]
VARIANTS = {"good": 0.0, "same": 0.0, "bad": 0.4}  # how much worse than the best, in nats per symbol

Record = Callable[..., None]


def git(*arguments: str) -> None:
    """Runs git in the current folder."""
    subprocess.run(["git", *arguments], check=True, capture_output=True)


def commit(message: str) -> None:
    """Commits parameters, metrics and dvc.lock, as the pipeline's user does."""
    git("add", str(PARAMS), str(METRICS), str(LOCK))
    git("-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "--quiet", "-m", message)


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Record:
    """A function that writes results as the stages and DVC do: `record({"good": 0.0, "bad": 0.4}, lr=0.1)`.

    It is called once, and the results are committed.
    """
    monkeypatch.chdir(tmp_path)
    git("init", "--quiet", "--initial-branch", "main")

    def write(variants: dict[str, float] = VARIANTS, words: list[str] = WORDS, seed: int = 1, **params: Any) -> None:
        corpus = Corpus.of({"train": WORDS, "dev": words, "test": words[:30]}, ".")
        save_corpus(corpus, CORPUS)
        outs = [{"path": CORPUS.as_posix(), "md5": f"{file_md5(CORPUS / 'dev-00000.safetensors')}.dir"}]
        for variant, worse in variants.items():
            outs.append({"path": write_variant(corpus, variant, worse, seed), "md5": cached(variant)})
        write_json(PARAMS, {"variants": dict.fromkeys(variants, params)})
        write_text(LOCK, yaml.safe_dump({"stages": {"all": {"outs": outs}}}))

    write()
    commit("Results")
    return write


def write_variant(corpus: Corpus, variant: str, worse: float, seed: int) -> str:
    """Writes the losses and metrics of a variant. Returns the path of the losses."""
    path, metrics, losses = LOSSES / f"{variant}.safetensors", {}, {}
    for split in HELD_OUT:
        names = DistinctNames.of(corpus.names[split])
        random = np.random.default_rng([seed, len(variant)])
        hard = np.random.default_rng(0).gamma(4.0, 0.5, len(names))
        lengths = names.symbols / names.copies
        noise = 0.0 if variant == "same" else 0.05
        of_copy = (hard + worse + noise * random.standard_normal(len(hard))).clip(0) * lengths
        losses[split] = torch.from_numpy(of_copy).float()
        measured = Losses({variant: names.nll(losses[split])}, names.symbols)
        interval = measured.interval(variant)
        nll = measured.mean[variant]
        metrics[split] = {"nll": nll, "bits_per_char": nll, "perplexity": 9.0, "n_tokens": int(names.symbols.sum())}
        if interval is not None:
            metrics[split] |= {"nll_low": interval.low, "nll_high": interval.high}
    train = {"nll": 1.0, "bits_per_char": 1.0, "perplexity": 9.0, "n_tokens": 9}
    write_losses(path, losses)
    write_json(METRICS / f"{variant}.json", {"model": "gpt", "n_params": 1, "train": train, **metrics})
    return path.as_posix()


def cached(variant: str) -> str:
    """Puts the losses of a variant into DVC's cache. Returns their md5."""
    path = LOSSES / f"{variant}.safetensors"
    md5 = file_md5(path)
    target = Path(".dvc/cache/files/md5") / md5[:2] / md5[2:]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(path.read_bytes())
    return md5
