"""HTTP client for the Spott API: rate limiting, retries, pagination and errors. It knows nothing of Singer.

Modules import each other in this order only:
client > pagination > responses > transport, headers > models, errors, rate_limiter, worker_pool, timestamps.
"""

from spott_client.client import SpottClient
from spott_client.errors import SpottError
from spott_client.rate_limiter import RateLimiter

__all__ = ["RateLimiter", "SpottClient", "SpottError"]
