"""Side-by-side measurements that print ratios: `make bench` runs all of them, `python -m benchmarks NAME` runs one."""
