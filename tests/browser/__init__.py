"""Pages in a real browser, Debian's Chromium: the report, the page of a sweep, and MLflow's UI."""
