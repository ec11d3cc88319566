"""The data of a made-up recruitment agency: the same for the same seed, on every machine."""
