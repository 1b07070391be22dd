"""One file per DVC stage: it reads the declared inputs, calls the library, and writes the declared outputs.

`python -m stages NAME [VARIANT]` runs one (__main__.py). dvc.yaml says what depends on what.
"""
