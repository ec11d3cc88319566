"""HTTP client for the Spott API: rate limiting, retries, pagination and errors. It knows nothing of Singer."""

from spott_client.client import SpottClient
from spott_client.errors import SpottError
from spott_client.rate_limiter import RateLimiter

__all__ = ["RateLimiter", "SpottClient", "SpottError"]
