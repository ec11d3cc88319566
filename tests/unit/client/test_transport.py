"""Tests of the URL, the API key, response bodies and connection errors."""

import gzip
import time
from io import BytesIO

import pytest
import requests
from urllib3 import HTTPResponse

from spott_client.errors import ConfigError, RetryableError
from spott_client.transport import base_url, read_body, validate_api_key
from tests.support.client import make_client
from tests.support.stub_server import FOUND, StubResponse, StubServer


@pytest.mark.parametrize("address", ["http://localhost:1", "http://127.0.0.2", "http://[::1]:80", "https://a.b/c/"])
def test_base_url_accepts_https_and_local_http(address: str) -> None:
    assert base_url(f" {address}/ ") == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.gospott.com",
        "ftp://api.gospott.com",
        "https://",
        "https://a:port",
        "https://a:70000",
        "https://[::1",
        "https://user:secret@a",
        "https://a?key=secret",
        "https://a#secret",
    ],
)
def test_base_url_rejects_an_invalid_url_without_showing_it(address: str) -> None:
    with pytest.raises(ConfigError) as error:
        base_url(address)
    assert str(error.value) == "api_url: not a valid URL; example: https://api.gospott.com"


@pytest.mark.parametrize("address", ["http://a", "http://10.0.0.1", "http://localhost.a", "http://[::2]"])
def test_base_url_rejects_unencrypted_http(address: str) -> None:
    with pytest.raises(ConfigError, match="would send the API key unencrypted; use https://"):
        base_url(address)


@pytest.mark.parametrize("key", ["", " \n", "k\ney", "k\u00e9y", "k\x00ey", "k\x7fey"])
def test_invalid_api_key_is_rejected_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigError, match="api_key: not a valid API key; copy it again"):
        validate_api_key(key)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(FOUND, {}, id="plain"),
        pytest.param(gzip.compress(FOUND), {"Content-Encoding": "gzip"}, id="gzip"),
    ],
)
def test_client_decompresses_bodies(body: bytes, headers: dict[str, str]) -> None:
    with StubServer(StubResponse(200, body, headers)) as server:
        assert make_client(server.url).get_object("/x", "id") == {"id": "found"}


def test_read_body_stops_at_the_deadline() -> None:
    response = requests.Response()
    response.raw = HTTPResponse(BytesIO(FOUND), preload_content=False)
    with pytest.raises(requests.ReadTimeout):
        read_body(response, time.monotonic() - 1)


def connection_error(url: str) -> str:
    with pytest.raises(RetryableError) as error:
        make_client(url).get_object("/x", "id")
    return str(error.value)


def test_connection_error_names_its_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "could not connect to 127.0.0.1:9 (check api_url and the network)" in connection_error("http://127.0.0.1:9")
    with StubServer(StubResponse()) as server:
        secure = server.url.replace("http", "https")
        assert f"could not connect securely to 127.0.0.1:{server.server_port} (" in connection_error(secure)
    with StubServer(StubResponse(200, FOUND, {"Content-Length": "99"})) as server:
        assert f"the connection to 127.0.0.1:{server.server_port} was interrupted" in connection_error(server.url)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert "could not connect to a.invalid through the proxy" in connection_error("https://a.invalid")
