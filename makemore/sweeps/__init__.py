"""The page of a sweep, in the style of the report. Only the command line reads it, so no stage depends on it."""
