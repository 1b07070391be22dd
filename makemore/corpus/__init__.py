"""What a name is to a model: vocabulary, tokens, the names of each split, and how they are stored.

vocabulary.py   the symbols of a corpus
splits.py       which name is in which split
parts.py        consecutive names as ragged tokens, and the files of them that are mapped into memory
split_names.py  the names of a split, in any number of parts; read in batches
tokens.py       a batch as padded rows, which models read
corpus.py       all of it
"""
