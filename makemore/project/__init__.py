"""The project in the current folder, for commands that answer at once: those without a model do not import torch.

defaults.py      its parameters
variants.py      its variants: trained or not, how large, how good; new_variant.py adds one
data_check.py    whether a file of names would work in it, and with which parameters; preparing.py prepares the names
doctor.py        whether this machine has what it needs
"""
