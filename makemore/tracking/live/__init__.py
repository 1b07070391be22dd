"""Live curves: from the journal that a training writes (training/journal.py) to a run in MLflow.

reader.py reads journals, delivery.py brings MLflow up to date with them, and carrier.py is the process that does so
while a variant trains. What it could not deliver, the track stage does.
"""
