"""Views for people: the run of each variant, and the experiments of a sweep."""
