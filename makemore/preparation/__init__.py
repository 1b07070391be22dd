"""What prepare alone reads: a file of names of any size -> the corpus. It needs no torch.

source.py   the files of names, in chunks of a few megabytes that end where a line ends
chunk.py    a chunk -> its checked names, split, as tokens; a pure function, so it can run anywhere (workers.py)
merge.py    the chunks, in order -> the files of the corpus
"""
