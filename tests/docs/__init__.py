"""Documents and definitions."""
