"""Code of the stage prepare: a file of names of any size -> the corpus. It needs no torch.

source.py   the files of names, in chunks of a few megabytes that end where a line ends
chunk.py    a chunk -> its checked names, split, as tokens; a pure function, so it can run anywhere (workers.py)
collect.py  all chunks of a file: stored, and their counts added up
merge.py    the chunks, in order -> the files of the corpus
"""
