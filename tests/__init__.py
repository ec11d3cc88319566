"""Tests: real HTTP to a running sandbox, real SQL to a running PostgreSQL, the installed commands as processes."""
