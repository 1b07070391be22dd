"""Side-by-side measurements that print ratios: `make bench` runs all, `python -m benchmarks NAME` one."""
