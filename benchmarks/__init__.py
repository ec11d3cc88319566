"""How fast tap-spott is beside its peers: `python3 -m benchmarks --help`."""
