"""One file for one model: its mathematics. What all models promise is in tests/test_models.py."""
