"""The MLflow record: a projection of what the pipeline does and leaves, never a condition for it.

    training ──> journal.py ──> stream.py ──> delivery.py ──> MLflow     while a variant trains
    artifacts/, reports/ ──> record.py ──> sync.py ──────────> MLflow     at the end of each `dvc repro`

A training appends its curve to a journal, a local file. A process of its own carries the journal to MLflow; what it
cannot carry stays in the file. `sync` brings the store up to date with the files that the stages wrote, and with the
journals that were left: however often it is called, and by however many, there is one finished run for each result.
So MLflow may be slow, down, full or broken: that costs a warning, never a training or a result.

The only package that imports mlflow, and what a training imports of it (journal.py) does not.

MLflow's own patience is minutes of retries for each request. A record that can be written later is not worth that: here
a request is tried three times, ten seconds each. The variables of MLflow that say so can be set otherwise.
"""

import os

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "ERROR")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
os.environ.setdefault("MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", "false")  # a server may ask for an hour
