"""A client with settings for tests."""

from typing import Any

from spott_client import RateLimiter, SpottClient


def make_client(url: str, rate_limiter: RateLimiter | None = None, **settings: Any) -> SpottClient:  # noqa: ANN401 - SpottClient declares them
    """Return a client. It retries, up to eight times, only with a rate limiter, which can simulate the waits."""
    defaults: dict[str, Any] = {
        "api_key": "k3y",
        "user_agent": "test/1",
        "request_timeout": 10,
        "max_retries": 8 if rate_limiter else 0,
    }
    return SpottClient(
        api_url=url, concurrency=1, rate_limiter=rate_limiter or RateLimiter(1000), **defaults | settings
    )
