"""The real `dvc repro`, the command line and `makemore verify`, in temporary clones with little to train."""
