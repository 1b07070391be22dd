"""Views for people: the run of each variant, and MLflow's UI."""
