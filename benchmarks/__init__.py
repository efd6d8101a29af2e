"""Benchmarks: what people wait for, measured. `python -m benchmarks`, or `make bench`."""
