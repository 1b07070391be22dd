"""Preparing a corpus with real worker processes, a real scheduler, real limits and real kills."""
