"""`makemore init FOLDER`: a new project, ready for `makemore repro`, that uses the installed package."""
