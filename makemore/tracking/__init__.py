"""The MLflow record: a projection of what the pipeline does and leaves, never a condition for it.

    training ──> journal.py ──> stream.py ──> delivery.py ──> MLflow     while a variant trains
    artifacts/, reports/ ──> record.py ──> sync.py ──────────> MLflow     at the end of each `dvc repro`

A training appends its curve to a journal, a local file. A process of its own carries the journal to MLflow; what it
cannot carry stays in the file. `sync` brings the store up to date with the files that the stages wrote, and with the
journals that were left: however often it is called, and by however many, there is one finished run for each result.
So MLflow may be slow, down, full or broken: that costs a warning, never a training or a result.

The only package that imports mlflow, and what a training imports of it (journal.py) does not.
"""
