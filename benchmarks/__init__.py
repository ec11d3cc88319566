"""Benchmarks of tap-spott and target-spott (`python3 -m benchmarks --help`)."""
