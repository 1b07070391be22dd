"""prepare: the file of names -> vocabulary, token rows of each split, bigram counts, data card."""

from pathlib import Path

from makemore.corpus import Corpus, data_card, read_words, split_words
from makemore.errors import UserError
from makemore.files import read_text, write_json
from makemore.params import Params
from stages import CHECKED, CORPUS


def run(params: Params) -> None:
    read_text(CHECKED)
    data = params.data
    words = read_words(Path(data.path), data)
    if not words:
        raise UserError(f"{data.path}: no names in it; one name per line is expected")
    splits = split_words(words, read_words(Path(data.dev_path), data), data)
    corpus = Corpus.of(splits, data.end_marker)
    corpus.vocabulary.encode(params.sample.prefix)  # an unknown character is an error now, not after all the training
    corpus.save(CORPUS)
    write_json(CORPUS / "card.json", data_card(words, splits))
