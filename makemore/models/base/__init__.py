"""What all models share. Model files import the names below.

trie.py is the training layout of gpt, ngrams.py counts for ngram, and catalog.py finds, builds, saves and loads models
by name for the rest of the project.
"""

from makemore.core.curve import Point
from makemore.models.base.config import Config, Layers, Steps, TrainingConfig, Width
from makemore.models.base.model import Model, Taught, check_finite

__all__ = ["Config", "Layers", "Model", "Point", "Steps", "Taught", "TrainingConfig", "Width", "check_finite"]
