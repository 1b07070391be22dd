"""`makemore compare`: two variants with each other, or the current results with those of a commit."""
