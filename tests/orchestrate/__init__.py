"""Loads of many accounts by a real Dagster daemon, in an environment of its own."""
