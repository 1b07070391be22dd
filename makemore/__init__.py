"""Character-level language models of names: the library behind the DVC stages.

Start with `corpus.py` (what a name is to a model), then `models/__init__.py` (what a model is), then any model.
"""
