"""Training on a CUDA GPU. Skipped on a machine without one: run these tests where one is, `pytest tests/gpu`."""
