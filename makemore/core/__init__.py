"""What every stage reads: parameters, the corpus, file paths, determinism, errors. It imports nothing else of ours."""
