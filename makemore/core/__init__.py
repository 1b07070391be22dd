"""What every stage reads: parameters, paths, files and their shapes, memory, determinism, errors.

It imports nothing else of ours.
"""
