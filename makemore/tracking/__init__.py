"""MLflow shows what the pipeline does and leaves behind; the pipeline never depends on it.

    training ──> journal ──> carrier.py ──> delivery.py ──> MLflow     while a variant trains
    artifacts/, reports/ ──> results.py ──> sync.py ──────> MLflow     at the end of each `dvc repro`

Training appends its curve to a journal, a local file, and the carrier process delivers it to MLflow. What it cannot
deliver stays in the file. At the end of `dvc repro`, `sync` brings MLflow up to date with the files that the stages
wrote and the journals that are left. It is idempotent: however often and in however many clones it runs, there is one
finished run per result. If MLflow is slow, down, full or broken, there is a warning, but no training or result is lost.

address.py, store.py and run.py have what both paths share, views/ what people read, serving.py the HTTP endpoint. Only
this package imports mlflow, and of the stages only track imports this package.
"""

from makemore.tracking import mlflow_settings as mlflow_settings  # before anything imports mlflow
