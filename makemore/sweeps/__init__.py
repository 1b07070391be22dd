"""Sweeps: many DVC experiments from one line, side by side, and their table and page.

    grid.py        what the user typed -> the parameters of each experiment
    plan.py        -> a git tree for each experiment, and which of them have results
    clone.py       one experiment, run in a clone of its own
    supervisor.py  several at a time; whatever dies, the sweep ends
    results.py     what the experiments found: table and charts
    page.py        -> the page

Only the command line imports this package, so no stage but track depends on it.
"""
