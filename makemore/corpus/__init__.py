"""What a name is to a model: vocabulary, tokens, the names of each split, and how they are stored.

vocabulary.py   the symbols of a corpus
splits.py       which name is in which split
parts.py        names as ragged tokens, in files that are mapped into memory
rows.py         the names of a split, in any number of parts
tokens.py       a batch of names as padded rows, which models read
corpus.py       all of it
"""
