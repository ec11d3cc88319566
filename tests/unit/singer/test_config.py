"""Validation of settings: each error names its setting, and none shows a secret."""

from importlib.metadata import version
from typing import Any

import pytest
from singer_sdk.exceptions import ConfigValidationError

from tap_spott.tap import TapSpott

KEY = "k3y-of-nobody"
NOT_A_DATE_TIME = "is not a date-time; write it like 2024-01-31T00:00:00Z"
NOT_ASCII = "blank or not printable ASCII; choose other characters"


def problems(config: dict[str, Any]) -> list[str]:
    """Return the errors of invalid settings."""
    with pytest.raises(ConfigValidationError) as failure:
        TapSpott(config=config)
    assert str(failure.value) == "; ".join(failure.value.errors)
    assert KEY not in str(failure.value)
    assert "\n" not in str(failure.value)
    return failure.value.errors


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("page_size", 0, "0 is less than the minimum of 1", id="page_size below"),
        pytest.param("page_size", 101, "101 is greater than the maximum of 100", id="page_size above"),
        pytest.param("page_size", "x", "'x' is not of type 'integer', 'null'", id="page_size word"),
        pytest.param("page_size", "50", "'50' is not of type 'integer', 'null'", id="page_size in quotes"),
        pytest.param("page_size", 1.5, "1.5 is not of type 'integer', 'null'", id="page_size fraction"),
        pytest.param("page_size", True, "True is not of type 'integer', 'null'", id="page_size boolean"),
        pytest.param("concurrency", 0, "0 is less than the minimum of 1", id="concurrency zero"),
        pytest.param("concurrency", 65, "65 is greater than the maximum of 64", id="concurrency above"),
        pytest.param("requests_per_minute", 0, "0 is less than the minimum of 1", id="requests_per_minute zero"),
        pytest.param("max_retries", -1, "-1 is less than the minimum of 0", id="retries below"),
        pytest.param("lookback_seconds", -1, "-1 is less than the minimum of 0", id="lookback below"),
        pytest.param("request_timeout", 0, "0 is less than or equal to the minimum of 0", id="request_timeout zero"),
        pytest.param("company_ids", [1], "1 is not of type 'string'", id="company_ids number"),
        pytest.param("company_ids", "a", "'a' is not of type 'array', 'null'", id="company_ids string"),
        pytest.param("start_date", "soon", f"'soon' {NOT_A_DATE_TIME}", id="start_date word"),
        pytest.param("end_date", "", f"'' {NOT_A_DATE_TIME}", id="end_date empty"),
        pytest.param("start_date", 2024, "2024 is not of type 'string', 'null'", id="start_date number"),
        pytest.param(
            "personal_data", "hash", "'hash' is not one of ['keep', 'pseudonymize', 'remove']", id="personal_data word"
        ),
        pytest.param("pseudonym_key", 7, "invalid value; see --about", id="pseudonym_key number"),
        pytest.param("user_agent", "a\nb", NOT_ASCII, id="user_agent newline"),
        pytest.param(
            "user_agent",
            "a\r\nx-evil: 1",
            "blank or not printable ASCII; choose other characters",
            id="user_agent header",
        ),
        pytest.param("user_agent", "Zoë", NOT_ASCII, id="user_agent accent"),
        pytest.param("user_agent", " ", NOT_ASCII, id="user_agent blank"),
        pytest.param("api_key", 12345678, "invalid value; see --about", id="api_key number"),
        pytest.param("api_key", [KEY], "invalid value; see --about", id="api_key array"),
        pytest.param("api_key", {"key": KEY}, "invalid value; see --about", id="api_key object"),
    ],
)
def test_invalid_value_is_named_with_its_problem(name: str, value: object, expected: str) -> None:
    assert problems({"api_key": KEY, name: value}) == [f"{name}: {expected}"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("pagesize", "unknown setting; did you mean page_size?", id="typo"),
        pytest.param("apikey", "unknown setting; did you mean api_key?", id="typo in the secret's name"),
        pytest.param("start-date", "unknown setting; did you mean start_date?", id="dash"),
        pytest.param("Concurrency", "unknown setting; did you mean concurrency?", id="upper case"),
        pytest.param("zzzzzz", "unknown setting; remove it", id="no similar name"),
    ],
)
def test_unknown_setting_is_named_without_its_value(name: str, expected: str) -> None:
    assert problems({"api_key": KEY, name: KEY}) == [f"{name}: {expected}"]


@pytest.mark.parametrize("config", [{}, {"api_key": None}], ids=["missing", "null"])
def test_api_key_is_required(config: dict[str, Any]) -> None:
    assert problems(config) == ["api_key: required setting is missing; set it, or the variable TAP_SPOTT_API_KEY"]


def test_all_problems_are_listed() -> None:
    found = problems({"page_size": 0, "start_date": "soon", "pagesize": 3, "zzzzzz": 1})
    assert {problem.partition(":")[0] for problem in found} == {
        "api_key",
        "page_size",
        "start_date",
        "pagesize",
        "zzzzzz",
    }
    assert len(found) == 5


@pytest.mark.parametrize("name", ["start_date", "page_size", "company_ids"])
def test_long_value_is_truncated(name: str) -> None:
    (problem,) = problems({"api_key": KEY, name: "x" * 100_000})
    assert problem.startswith(f"{name}: 'xxx")
    assert len(problem) < 300


def test_end_date_before_start_date_is_invalid() -> None:
    dates = {"start_date": "2024-01-31", "end_date": "2024-01-31T00:00:00+01:00"}
    assert problems({"api_key": KEY, **dates}) == ["end_date: earlier than start_date; choose a later date"]
    assert TapSpott(config={"api_key": KEY, **dates, "end_date": "2024-01-31T00:00:00+00:00"}).config


DEFAULTS = {
    "api_url": "https://api.gospott.com",
    "page_size": 100,
    "requests_per_minute": 600,
    "concurrency": 4,
    "lookback_seconds": 60,
    "request_timeout": 60,
    "max_retries": 20,
    "user_agent": f"tap-spott/{version('tap-spott')}",
    "emit_activate_version_messages": False,
    "personal_data": "keep",
    "pseudonymize_staff": False,
}
WITHOUT_DEFAULT = ("start_date", "end_date", "company_ids", "pseudonym_key", "public_attributes")


SHORT_KEY = "pseudonym_key: missing or too short; set at least 32 random characters, as a secret"


@pytest.mark.parametrize(
    "key", [{}, {"pseudonym_key": ""}, {"pseudonym_key": "k" * 31}], ids=["none", "empty", "short"]
)
def test_pseudonyms_need_a_long_key(key: dict[str, str]) -> None:
    assert problems({"api_key": KEY, "personal_data": "pseudonymize", **key}) == [SHORT_KEY]
    TapSpott(config={"api_key": KEY, "personal_data": "remove", **key})
    TapSpott(config={"api_key": KEY, "personal_data": "pseudonymize", "pseudonym_key": "k" * 32})


def test_defaults_are_applied() -> None:
    assert dict(TapSpott(config={"api_key": KEY}).config) == {"api_key": KEY, **DEFAULTS}


def test_null_counts_as_unset() -> None:
    nulls = dict.fromkeys([*DEFAULTS, *WITHOUT_DEFAULT])
    assert dict(TapSpott(config={"api_key": KEY, **nulls}).config) == {"api_key": KEY, **DEFAULTS}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("page_size", 1),
        ("page_size", 100),
        ("start_date", "2024-01-31"),
        ("end_date", "2024-01-31T10:20:30+02:00"),
        ("company_ids", ["a", "b"]),
        ("request_timeout", 0.5),
        ("max_retries", 0),
        ("lookback_seconds", 0),
        ("user_agent", "Agency/1.0 (data team)"),
    ],
)
def test_valid_value_is_kept(name: str, value: object) -> None:
    assert TapSpott(config={"api_key": KEY, name: value}).config[name] == value
