"""What all models share. A model file needs only the names below; the rest of the project also uses catalog.py, which
finds, builds, saves and loads models by name, and trie.py, the GPT's training layout.
"""

from makemore.core.curve import Point
from makemore.models.base.config import Config, Layers, Steps, TrainingConfig, Width
from makemore.models.base.model import Model, check_finite

__all__ = ["Config", "Layers", "Model", "Point", "Steps", "TrainingConfig", "Width", "check_finite"]
