"""The target's modules."""
