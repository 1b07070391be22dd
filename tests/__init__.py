"""unit: the quick tier, a mirror of makemore/. pipeline, tracking, browser, emulator, golden: tests that need more."""
