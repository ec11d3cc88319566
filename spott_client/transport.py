"""Validate the URL and the API key, read response bodies, and describe connection errors."""

import gzip
import ipaddress
import ssl
import time
import zlib
from urllib.parse import urlsplit

import requests
import urllib3

from spott_client.errors import APIConnectionError, ConfigError

TRANSPORT_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, EOFError, zlib.error)
"""Exceptions of sending a request and of reading its response."""

CHUNK_SIZE = 1 << 16
"""Maximum bytes per read from the socket."""


def base_url(api_url: str) -> str:
    """Return the URL without a trailing slash, so that paths can be appended.

    Raises:
        ConfigError: The URL is invalid, or would send the API key unencrypted.
    """
    try:
        url = urlsplit(api_url.strip())
        host, _ = url.hostname, url.port
    except ValueError:
        url, host = urlsplit(""), None
    if url.scheme not in {"http", "https"} or not host or url.username or url.query or url.fragment:
        msg = "api_url: not a valid URL; example: https://api.gospott.com"
        raise ConfigError(msg)
    if url.scheme == "http" and not _is_loopback(host):
        msg = f"api_url: http://{host} would send the API key unencrypted; use https://{host}"
        raise ConfigError(msg)
    return url.geturl().rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def validate_api_key(api_key: str) -> str:
    """Return the key without surrounding whitespace.

    Raises:
        ConfigError: The key is empty, or holds characters that a header can't.
    """
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable():
        msg = "api_key: not a valid API key; copy it again from Settings > API Keys in Spott"
        raise ConfigError(msg)
    return key


def read_body(response: requests.Response, deadline: float) -> bytes:
    """Read a body in chunks, so that a server that sends slowly can't exceed the deadline.

    The body is decompressed at the end: urllib3 blocks until it has something to decompress.

    Raises:
        ReadTimeout: The deadline, on the monotonic clock, has passed.
    """
    chunks = []
    while chunk := response.raw.read1(CHUNK_SIZE, decode_content=False):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise requests.ReadTimeout
    body = b"".join(chunks)
    return gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body


def to_connection_error(error: Exception, url: str, timeout: float) -> APIConnectionError:
    """Describe one of `TRANSPORT_ERRORS`; the message names the URL's host, or the timeout in seconds."""
    return APIConnectionError(_describe(error, urlsplit(url).netloc, timeout), not_processed=_was_not_sent(error))


def _describe(error: Exception, host: str, timeout: float) -> str:
    if isinstance(error, requests.ReadTimeout | urllib3.exceptions.TimeoutError):
        return f"no response from Spott within {timeout:g} s"
    if isinstance(error, requests.exceptions.SSLError):
        return f"could not connect securely to {host} (its certificate is not trusted)"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"could not connect to {host} through the proxy"
    if _was_not_sent(error):
        return f"could not connect to {host} (check api_url and the network)"
    return f"the connection to {host} was interrupted"


def _was_not_sent(error: Exception) -> bool:
    """Return whether the connection failed before the request was sent."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    # Certificates are verified before anything is sent; other SSL errors can also occur while a response is read.
    reason = getattr(error.args[0], "reason", None) if error.args else None  # urllib3's, which requests wraps twice
    cause = reason.args[0] if isinstance(reason, urllib3.exceptions.SSLError) and reason.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError) or isinstance(cause, ssl.SSLCertVerificationError)
