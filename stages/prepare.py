"""prepare: the file of names -> vocabulary, token rows of each split, bigram counts, data card."""

from pathlib import Path

from makemore.core.corpus import Corpus, data_card
from makemore.core.errors import UserError
from makemore.core.files import read_text, write_json
from makemore.core.layout import CARD, CHECKED, CORPUS
from makemore.core.params import Params
from makemore.core.splits import split_words
from makemore.core.words import read_words


def run(params: Params) -> None:
    read_text(CHECKED)
    data = params.data
    words = read_words(Path(data.path), data)
    if not words:
        raise UserError(f"{data.path}: contains no names; put one name on each line")
    splits = split_words(words, read_words(Path(data.dev_path), data), data)
    corpus = Corpus.of(splits, data.end_marker)
    try:
        corpus.vocabulary.encode(params.sample.prefix)  # an unknown character fails now, not after the training
    except UserError as error:
        raise UserError(f"params.yaml: sample.prefix: {error}") from None
    corpus.save(CORPUS)
    write_json(CARD, data_card(words, splits))
