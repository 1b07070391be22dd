"""train@variant: the corpus -> a fitted model and its training curve, which is streamed to MLflow through a journal.

With MAKEMORE_TORCHRUN it starts several processes (training/torchrun.py), and each of them runs this stage: the leader
as if it were alone, the others only compute gradients.
"""

from collections.abc import Callable

from makemore.core.curve import write_curve
from makemore.core.device import training_device
from makemore.core.layout import CORPUS, CURVE_FILE
from makemore.core.params import Params
from makemore.corpus.corpus import Corpus
from makemore.models.base import catalog
from makemore.models.base.config import Config, TrainingConfig
from makemore.training import torchrun
from makemore.training.checkpoint import open_checkpoint, training_key
from makemore.training.fit import fit, help_to_fit
from makemore.training.journal import streamed_journal
from makemore.training.process_group import ALONE, ProcessGroup, join
from makemore.training.teaching import Lessons


def run(params: Params, variant: str) -> None:
    config = catalog.parse_config(variant, params.variants[variant])
    if isinstance(config, TrainingConfig) and torchrun.is_requested():
        torchrun.launch(variant)
        return
    corpus = Corpus.load(CORPUS).with_some_dev(params.evaluate.curve_names)
    key = training_key(config, params.compute, corpus)
    with torchrun.quiet_about_lost_connections(), join(key, params.compute.shards) as group:
        if group.is_leader:
            train(params, variant, config, corpus, key, group)
        elif isinstance(config, TrainingConfig):
            help_to_fit(config, corpus, params.compute.shards, group, training_device(params.compute))


def train(
    params: Params,
    variant: str,
    config: Config,
    corpus: Corpus,
    key: str,
    group: ProcessGroup = ALONE,
    lessons: Callable[[], Lessons | None] = lambda: None,
) -> None:
    """Fits a variant or a student, with a checkpoint and a journal, and writes its model and its curve.

    key: the training key (training/checkpoint.py)
    lessons: makes what a student is trained on
    """
    folder, shown = params.folder_of(variant), params.of_variant(variant, ("data", "compute"))
    shards, device = params.compute.shards, training_device(params.compute)
    with (
        open_checkpoint(variant, key) as checkpoint,
        streamed_journal(variant, key, shown, params.track.experiment) as journal,
    ):
        model, curve = fit(config, corpus, variant, checkpoint, journal.point, shards, group, device, lessons())
        catalog.save(model, folder)
        write_curve(folder / CURVE_FILE, curve)
        journal.trained(folder)
