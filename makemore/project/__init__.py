"""The project in the current folder, for commands that are there at once, without torch.

defaults.py      its parameters
variants.py      its variants: trained or not, how large, how good; new_variant.py adds one
doctor.py        whether this machine has what it needs
"""
