"""Character-level language models of names: the library behind the DVC stages.

Read `core/corpus.py` first (what a name is to a model), then `models/base/model.py` (what a model is), then any model.
"""
