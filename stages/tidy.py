"""tidy: deletes models of variants that are no longer in params.yaml, before ensembles depend on the folder of models.

prune deletes their other results, after the ensembles. This stage also makes the folders of ensembles and students, on
which report depends even if there are none.
"""

from makemore.core.files import write_text
from makemore.core.layout import ENSEMBLES, FOLDER_FILE, MODELS, STUDENTS
from makemore.core.params import Params
from stages.prune import prune_folder


def run(params: Params) -> None:
    prune_folder(MODELS, params.variants)
    for folder in (ENSEMBLES, STUDENTS):
        write_text(folder / FOLDER_FILE, "so that the folder exists\n")  # always the same text
