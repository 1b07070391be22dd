"""MLflow shows what the pipeline does and leaves behind; the pipeline never depends on it.

    training ──> journal (a local file) ──> live/ ───────────────────> MLflow     while a variant trains
    artifacts/, reports/ ──> variant.py ──> sync.py, parts.py ───────> MLflow     at the end of each `dvc repro`

live/ takes the curve of a training to MLflow. What it cannot deliver stays in the file. At the end of `dvc repro`,
`sync` brings MLflow up to date with the files that the stages wrote and the journals that are left. It is idempotent:
however often and in however many clones it runs, there is one finished run for each result. If MLflow is slow, down,
full or broken, there is a warning, but no training or result is lost.

address.py, store.py and run.py have what both paths share, logged_model.py and registry.py the models, views.py the
commands. Only this package and serving/ import mlflow, and of the stages only track imports this package.
"""

from makemore.tracking import mlflow_settings as mlflow_settings  # before anything imports mlflow
