"""The models, one file each. The name of the file is what `model:` says in params.yaml; a new file is a new model.

The folder base/ holds what the models share: the contract they keep, and how they are found, saved and loaded.
"""
