"""The headline of docs/speed.md: our GPT reaches makemore.py's best test loss, on its split, in 220 steps."""

import torch

from benchmarks.time_to_quality import BEST_LOSS, train
from makemore.corpus.corpus import Corpus


def test_short_recipe_reaches_the_best_loss_of_makemore(names: list[str]) -> None:
    torch.manual_seed(3407)  # as makemore.py splits: the last 1,000 of a permutation are its test set
    shuffled = [names[i] for i in torch.randperm(len(names)).tolist()]
    corpus = Corpus.of({"train": shuffled[:-1000], "dev": shuffled[-1000:], "test": []}, ".")
    loss, _ = train("same loss", corpus, seed=1)
    assert loss <= BEST_LOSS == 1.9656
