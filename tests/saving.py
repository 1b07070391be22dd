"""Writes a corpus that is split by hand; prepare splits by hash."""

from pathlib import Path

from makemore.core.files import write_json
from makemore.core.layout import BIGRAMS_FILE, CARD_FILE, VOCABULARY_FILE, part_file
from makemore.corpus.bigrams import save_bigrams
from makemore.corpus.corpus import Corpus
from makemore.corpus.parts import save_part


def save_corpus(corpus: Corpus, folder: Path) -> None:
    """Writes `corpus` to `folder`, in the files that prepare writes."""
    splits = {}
    for split, names in corpus.names.items():
        for number, part in enumerate(names.parts()):
            save_part(folder / part_file(split, number), part.tokens, part.lengths)
        splits[split] = {"words": len(names), "distinct": len(names), "tokens": names.symbols, "words_also_in_train": 0}
    write_json(folder / VOCABULARY_FILE, list(corpus.vocabulary.symbols))
    save_bigrams(folder / BIGRAMS_FILE, corpus.bigram_tally, len(corpus.vocabulary))
    write_json(
        folder / CARD_FILE,
        {"lines": 14, "distinct": 13, "characters": {"a": 1}, "lengths": {"1": 14}, "splits": splits},
    )
