"""The split into train, dev and test: a hash of (seed, name).

All copies of a name are in the same split, so nothing leaks from train into dev or test, and adding a name moves no
other name.
"""

import hashlib

from makemore.core.errors import UserError
from makemore.core.params import DataParams

SPLITS = ("train", "dev", "test")


def split_of(word: str, data: DataParams) -> str:
    """The split of `word`. It depends only on the word, data.seed, data.dev_share and data.test_share."""
    digest = hashlib.sha256(f"{data.seed}:{word}".encode()).digest()
    position = int.from_bytes(digest[:8], "big") / 2**64  # uniform in [0, 1)
    if position < data.test_share:
        return "test"
    return "dev" if position < data.test_share + data.dev_share else "train"


def split_words(words: list[str], dev_words: list[str], data: DataParams) -> dict[str, list[str]]:
    """The words of each split, in order and with repeats.

    dev_words: the user's own dev set, used as is. If it is empty, dev is a fraction `data.dev_share` of the distinct
        `words`

    Raises UserError if train or dev would be empty.
    """
    if dev_words:
        data = data.model_copy(update={"dev_share": 0.0})
    splits: dict[str, list[str]] = {split: [] for split in SPLITS}
    for word in words:
        splits[split_of(word, data)].append(word)
    splits["dev"] += dev_words
    for split in ("train", "dev"):
        if not splits[split]:
            raise UserError(
                f"{data.path}: the {split} split of its {len(set(words))} distinct names is empty; "
                "add names, or change data.dev_share, data.test_share or data.seed"
            )
    return splits
