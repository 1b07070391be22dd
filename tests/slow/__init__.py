"""Unit tests that take many draws or much memory: the gate runs them, `make quick` does not."""
