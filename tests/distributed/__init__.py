"""Training by several processes and hosts, started by the real torchrun: the same bytes as by one process."""
