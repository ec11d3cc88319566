"""The tap's modules."""
