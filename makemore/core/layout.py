"""The files and folders that stages read and write, relative to the root of the repository.

MLflow's store (tracking/store.py) and the pages of experiments (reports/experiments) are not among them.

dvc.yaml repeats these paths, because DVC has to know them too; tests/pipeline/test_dependencies.py compares the two.
"""

import os
from pathlib import Path

PACKAGE = Path(__file__).parent.parent  # the folder of this package, wherever it is installed

PARAMS = Path("params.yaml")
CROISSANT = Path("datasets/croissant.json")  # what the bundled corpus is
LOCK = Path("dvc.lock")
ENVIRONMENT = Path("environment.json")  # the machine that computed the committed results

# Written by the pipeline and kept in DVC's cache
CHECKED = Path("artifacts/checked.txt")
PRUNED = Path("artifacts/pruned.txt")
CORPUS = Path("artifacts/corpus")
MODELS = Path("artifacts/models")
ENSEMBLES = Path("artifacts/ensembles")
STUDENTS = Path("artifacts/students")
FOLDERS = {"variants": MODELS, "ensembles": ENSEMBLES, "students": STUDENTS}  # by section of params.yaml
LOSSES = Path("artifacts/losses")  # of each distinct name
BEST = Path("artifacts/best")  # a copy of the model with the lowest dev NLL

# Written by the pipeline and committed
METRICS = Path("reports/metrics")
DETAILS = Path("reports/details")
SAMPLES = Path("reports/samples")
FIGURES = Path("reports/figures")
PLOTS = Path("reports/plots")  # what `dvc plots` draws
DEV_NLL = Path("reports/dev_nll.json")  # what `dvc metrics` and `dvc exp show` compare
REPORT = Path("reports/report.md")
MODEL_CARD = Path("reports/model-card.md")
REPORT_HTML = Path("reports/report.html")  # the exception: large, so DVC's cache keeps it

# The files of a folder: of CORPUS (`part_file` has the names), and of the trained model of a variant
VOCABULARY_FILE = "vocabulary.json"
CARD_FILE = "card.json"
BIGRAMS_FILE = "bigrams.safetensors"
CONFIG_FILE = "config.json"
WEIGHTS_FILE = "weights.safetensors"
CURVE_FILE = "history.csv"
FOLDER_FILE = ".folder"  # in ENSEMBLES and STUDENTS, which may be empty otherwise
SETTINGS_FILE = "settings.json"  # only in a model logged to MLflow: the sections of params.yaml that serving needs

# Used while the pipeline runs; safe to delete when it does not
CHECKPOINTS = Path(".dvc/tmp/checkpoints")
JOURNALS = Path(".dvc/tmp/tracking")
CHUNKS = Path(".dvc/tmp/chunks")


def part_file(split: str, number: int) -> str:
    """The file in CORPUS with one part of the names of a split, from 0."""
    return f"{split}-{number:05d}.safetensors"


def main_repository() -> Path:
    """The root of the repository that owns .dvc/tmp.

    DVC sets DVC_ROOT for its stages: an experiment runs in a temporary copy, and DVC_ROOT is the original. Without DVC
    it is the current folder.
    """
    return Path(os.environ.get("DVC_ROOT", "."))
