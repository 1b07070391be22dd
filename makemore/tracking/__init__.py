"""MLflow shows what the pipeline does and leaves behind; it is never a condition for it.

    training ──> journal ──> carrier.py ──> delivery.py ──> MLflow     while a variant trains
    artifacts/, reports/ ──> results.py ──> sync.py ──────> MLflow     at the end of each `dvc repro`

A training appends its curve to a journal, a local file, and the carrier process delivers it to MLflow. What it cannot
deliver stays in the file. At the end of `dvc repro`, `sync` brings MLflow up to date with the files that the stages
wrote and the journals that are left. It is idempotent: however often it runs, and in however many clones, there is one
finished run per result. MLflow may be slow, down, full or broken; that costs a warning, never a training or a result.

store.py and run.py hold what both paths share, views/ is what people read, serving.py answers HTTP requests. This is
the only package that imports mlflow, and no other stage imports it.

MLflow itself retries each request for minutes. Runs that can be written later are not worth that wait: here a request
is tried three times, for ten seconds each. Set MLflow's own variables to change that.
"""

import os

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "CRITICAL")  # it logs tracebacks of errors that it also raises
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
os.environ.setdefault("MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER", "false")  # a server may ask for an hour
