"""The real `dvc repro`, in temporary clones with little to train."""
