"""Settings: the common ones, and their validation. Each error names its setting, and none shows a secret."""

import difflib
import json
import os
import re
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from jsonschema import ValidationError
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR

from spott_client.client import SpottClient
from spott_client.errors import ConfigError
from spott_client.rate_limiter import RateLimiter
from spott_client.timestamps import parse_timestamp
from spott_client.worker_pool import WorkerPool

MAX_MESSAGE_LENGTH = 200
"""Characters of a value to show in an error."""

MIN_KEY_LENGTH = 32
"""Characters of a key for pseudonyms: 128 bits, if they are hexadecimal digits."""


def settings_schema(package: str, user_agent: str) -> dict[str, Any]:
    """Return the JSON schema of a plugin's settings: the common ones, then those in `settings.json` of its package."""
    common, own = (json.loads((files(name) / "settings.json").read_text("utf-8")) for name in ("spott_singer", package))
    common["user_agent"]["default"] = user_agent
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": common | own,
        "required": ["api_key"],
        "additionalProperties": False,
    }


def create_client(config: Mapping[str, Any], pool: WorkerPool, rate_limiter: RateLimiter) -> SpottClient:
    """Return a client with the settings that both plugins have. They must be valid.

    Raises:
        ConfigError: As SpottClient.
    """
    return SpottClient(
        api_key=config["api_key"],
        api_url=config["api_url"],
        user_agent=config["user_agent"],
        request_timeout=float(config["request_timeout"]),
        max_retries=config["max_retries"],
        pool=pool,
        rate_limiter=rate_limiter,
    )


def validate_config(config: Mapping[str, Any], schema: dict[str, Any], env_prefix: str) -> Iterator[str]:
    """Yield one line for each problem with the settings, which names the setting.

    Args:
        config: The settings.
        schema: Their JSON schema; the value of a setting with `secret: true` is not shown.
        env_prefix: Prefix of the environment variables, for the advice.
    """
    for error in DEFAULT_JSONSCHEMA_VALIDATOR(schema).iter_errors(config):
        yield from _explain(error, config, schema, env_prefix)
    dates = {}
    for name in ("start_date", "end_date"):
        text = config.get(name)
        if isinstance(text, str):
            try:
                dates[name] = parse_timestamp(text)
            except ValueError:
                yield f"{name}: {text[:MAX_MESSAGE_LENGTH]!r} is not a date-time; write it like 2024-01-31T00:00:00Z"
    if len(dates) > 1 and dates["end_date"] < dates["start_date"]:
        yield "end_date: earlier than start_date; choose a later date"
    if config.get("personal_data") == "pseudonymize":
        yield from check_pseudonym_key(config)
    user_agent = config.get("user_agent")
    if isinstance(user_agent, str) and not (user_agent.isascii() and user_agent.isprintable() and user_agent.strip()):
        yield "user_agent: blank or not printable ASCII; choose other characters"


def check_pseudonym_key(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line if the setting `pseudonym_key` is missing or too short to be safe."""
    if len(str(config.get("pseudonym_key") or "")) < MIN_KEY_LENGTH:
        yield f"pseudonym_key: missing or too short; set at least {MIN_KEY_LENGTH} random characters, as a secret"


def check_integer_variables(schema: dict[str, Any], env_prefix: str) -> None:
    """Check the environment variables of integer settings; the SDK's own error does not name the variable.

    Raises:
        ConfigError: A variable is not an integer.
    """
    for name, setting in schema["properties"].items():
        text = os.environ.get(env_prefix + name.upper())
        if text is not None and "integer" in setting["type"] and not re.fullmatch(r"\s*[+-]?[\d_]+\s*", text):
            msg = f"{env_prefix}{name.upper()}: {text[:MAX_MESSAGE_LENGTH]!r} is not an integer; use digits only"
            raise ConfigError(msg)


def _explain(
    error: ValidationError, config: Mapping[str, Any], schema: dict[str, Any], env_prefix: str
) -> Iterator[str]:
    settings = schema["properties"]
    if error.path:
        name = str(error.path[0])
        shown = not settings[name].get("secret") and "object" not in settings[name]["type"]
        yield f"{name}: {error.message[:MAX_MESSAGE_LENGTH] if shown else 'invalid value; see --about'}"
    elif error.validator == "required":
        for name in sorted(set(schema["required"]) - set(config)):
            yield f"{name}: required setting is missing; set it, or the variable {env_prefix}{name.upper()}"
    elif error.validator == "additionalProperties":
        for name in sorted(set(config) - set(settings)):
            near = difflib.get_close_matches(name, settings, n=1)
            advice = f"did you mean {near[0]}?" if near else "remove it"
            shown_name = name[:MAX_MESSAGE_LENGTH].encode("unicode_escape").decode()
            yield f"{shown_name}: unknown setting; {advice}"
