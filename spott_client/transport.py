"""The way to Spott: its address, the key as a header takes it, bodies as they come, and what may break."""

from __future__ import annotations

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
"""What requests raises while it sends, and what reading a body does."""

CHUNK_SIZE = 1 << 16
"""Bytes read from the socket at once."""


def base_url(api_url: str) -> str:
    """Return the address that paths are put behind.

    Raises:
        ConfigError: It is none, or the key would travel in clear.
    """
    try:
        url = urlsplit(api_url.strip())
        host, _ = url.hostname, url.port
    except ValueError:
        url, host = urlsplit(""), None
    if url.scheme not in {"http", "https"} or not host or url.username or url.query or url.fragment:
        msg = "api_url: this is no address; it looks like https://api.gospott.com"
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
    """Return the key as a header takes it.

    Raises:
        ConfigError: It can't be one.
    """
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable():
        msg = "api_key: this is no key; copy it again from Settings > API Keys in Spott"
        raise ConfigError(msg)
    return key


def read_body(response: requests.Response, deadline: float) -> bytes:
    """Read a body as it comes, so that one that trickles in ends at the deadline and not with its last byte.

    It is unpacked at the end, since urllib3 would not return before it has something to unpack.

    Raises:
        ReadTimeout: The deadline, by the monotonic clock, has passed.
    """
    chunks = []
    while chunk := response.raw.read1(CHUNK_SIZE, decode_content=False):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise requests.ReadTimeout
    body = b"".join(chunks)
    return gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body


def to_connection_error(error: Exception, url: str, timeout: float) -> APIConnectionError:
    """Return what went wrong between here and Spott.

    Args:
        error: One of `TRANSPORT_ERRORS`.
        url: Whose host the message names.
        timeout: How long an answer may take, in seconds.
    """
    return APIConnectionError(_what_broke(error, urlsplit(url).netloc, timeout), not_processed=_is_not_processed(error))


def _what_broke(error: Exception, host: str, timeout: float) -> str:
    if isinstance(error, requests.ReadTimeout | urllib3.exceptions.TimeoutError):
        return f"Spott did not answer within {timeout:g} s"
    if isinstance(error, requests.exceptions.SSLError):
        return f"no secure connection to {host} (its certificate is not trusted here)"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"no connection to {host} through the proxy"
    if _is_not_processed(error):
        return f"{host} can't be reached (check api_url and the network)"
    return f"the connection to {host} broke"


def _is_not_processed(error: Exception) -> bool:
    """Tell whether the request has surely not been sent, since there never was a connection to send it through."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    # An SSLError may also come later, when an answer is read; a certificate is looked at before anything is sent.
    reason = _reason(error)
    cause = reason.args[0] if isinstance(reason, urllib3.exceptions.SSLError) and reason.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError) or isinstance(cause, ssl.SSLCertVerificationError)


def _reason(error: Exception) -> object:
    """Return why urllib3 has given up, which requests wraps twice."""
    return getattr(error.args[0], "reason", None) if error.args else None
