"""The models, one file each. `model:` in params.yaml is the name of the file; a new file is a new model.

The folder base/ has what the models share: their contract, and how they are found, saved and loaded.
"""
