"""Data of a fictional recruitment agency: the same for the same seed, on every machine."""
