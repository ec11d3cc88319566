"""Tests that the sandbox follows the API's documentation, and violates it only on request."""
