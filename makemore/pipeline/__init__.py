"""`makemore repro`: runs the stages of DVC's pipeline side by side, with the results of a serial `dvc repro`."""
