"""Load many accounts with Dagster."""
