"""Code of the train stage: the gradient loop, checkpoints, and the journal that MLflow's curves come from.

No other stage needs it, except that tracking/ imports journal.py.
"""
