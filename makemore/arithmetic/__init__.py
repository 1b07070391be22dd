"""Arithmetic whose bits depend on nothing but IEEE 754: the same on Intel, AMD, ARM, and for any number of threads.

Floating-point addition is not associative, so every library, vector width, number of threads and chip groups its sums
in its own way, and the bits differ. Here sums are exact, so that grouping does not matter. Everything else is made of
single IEEE additions, products and divisions, which are the same everywhere.

grids.py        products of matrices and sums that are exact: their terms are rounded to a grid first
elementary.py   exp, log, sqrt, tanh and sigmoid, made of single operations
gradients.py    the functions of models with their gradients, for training
numbers.py      logarithms and powers of single numbers
functional.py   what models are made of: exact, or torch's own (`compute.arithmetic`)
layers.py       layers with weights
random.py       random numbers from raw integers

docs/reproducibility.md explains the idea, and how it is proven.
"""
