"""What prepare alone reads: a file of names of any size -> the corpus. It needs no torch.

source.py   the files of names, cut into pieces of a few megabytes at line ends
piece.py    a piece -> its checked names, split, as tokens; a pure function, so it can run anywhere (workers.py)
merge.py    the pieces, in order -> the files of the corpus
"""
