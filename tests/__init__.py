"""The tests mirror makemore/ and stages/; tests/pipeline runs the real `dvc repro` in temporary clones."""
