"""A logged model over HTTP: what `mlflow models serve` runs."""
