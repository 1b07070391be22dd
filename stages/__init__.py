"""One file per DVC stage: read the declared inputs, call the library, write the declared outputs.

`python -m stages NAME [VARIANT]` runs one (see __main__.py); dvc.yaml says which, in what order, and from what to what.
"""

from pathlib import Path

LOCK = Path("dvc.lock")
CHECKED = Path("artifacts/checked.txt")
CORPUS = Path("artifacts/corpus")
MODELS = Path("artifacts/models")
METRICS = Path("reports/metrics")
DETAILS = Path("reports/details")
SAMPLES = Path("reports/samples")
FIGURES = Path("reports/figures")
REPORT = Path("reports/report.md")
REPORT_HTML = Path("reports/report.html")
