"""Singer target for Spott: creates and updates client contacts."""
