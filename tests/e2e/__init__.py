"""Meltano, PostgreSQL, BigQuery's translator and the built package."""
