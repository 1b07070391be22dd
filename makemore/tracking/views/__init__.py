"""Views for people: the run of each variant."""
