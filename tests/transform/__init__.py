"""The dbt package: dbt in an environment of its own, on PostgreSQL."""
