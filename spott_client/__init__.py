"""HTTP client for the Spott API: rate limiting, retries, pagination and errors. It knows nothing of Singer."""
