"""Settings that can change while the sandbox runs."""

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from spott_sandbox.store import Order

FaultKind = Literal[
    "500",
    "502",
    "503",
    "504",
    "500_after",
    "408",
    "429",
    "html",
    "html_503",
    "not_json",
    "cut_off",
    "cut_off_chunked",
    "reset",
    "reset_before",
    "reset_mid",
    "hang",
    "drip",
    "empty_page",
    "endless_cursor",
    "invalid_cursor",
    "wrong_shape",
    "redirect",
]
Version = Literal["newer", "older"]
"""A version of the documentation."""
Seconds = Annotated[float, Meta(ge=0)]
Probability = Annotated[float, Meta(ge=0, le=1)]


class Settings(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The sandbox's settings, named like the options of `spott-sandbox --help`."""

    latency: Seconds = 0
    jitter: Seconds = 0
    quota: Annotated[int, Meta(ge=0)] = 0
    retry_after: Literal["seconds", "date", "none"] = "seconds"
    ratelimit_headers: bool = False
    faults: dict[FaultKind, Probability] = {}
    fault_limit: dict[FaultKind, Annotated[int, Meta(ge=0)]] = {}
    fault_paths: str = ""
    fault_seed: int = 0
    hang_seconds: Seconds = 3600
    drip_seconds: Seconds = 1
    redirect_to: str = "http://elsewhere.invalid/"
    churn: Probability = 0
    clock_offset: float = 0
    date_header: bool = True
    order: Order = "watermark"
    candidates_pagination: Literal["cursor", "has_more", "page_info"] = "page_info"
    undocumented_until: bool = True
    documentation: Version = "newer"
    forbidden: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    last_page: Literal["missing", "null", "empty"] = "null"
    last_cursor: bool = True
    gzip: bool = True

    def __post_init__(self) -> None:
        """Validate the regular expression."""
        try:
            re.compile(self.fault_paths)
        except re.error as error:
            message = f"fault_paths: not a regular expression: {error}"
            raise ValueError(message) from error


def merge_settings(settings: Settings, changes: dict[str, Any]) -> Settings:
    """Return settings with changes merged in.

    Args:
        settings: The current settings.
        changes: New values by name; null resets a setting to its default.

    Raises:
        msgspec.ValidationError: A setting is unknown or its value is invalid.
    """
    merged = msgspec.to_builtins(settings) | changes
    return msgspec.convert({name: value for name, value in merged.items() if value is not None}, Settings)
