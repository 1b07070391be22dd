"""Experiments: the whole pipeline with other parameters, in a temporary clone, as experiments of DVC.

    clone.py     makes the clone, runs `makemore repro` in it, keeps the results as an experiment, deletes it
    own_data.py  `makemore repro --data FILE`: other names
    entries.py   `makemore sweep`: what the user typed -> more variants
    sweep.py     runs them, and shows which is the best

Only the command line imports this package, so no stage but track depends on it.
"""
