"""The plugin definitions match the plugins, and follow the schema of Meltano Hub."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from scripts import plugin_definitions

ROOT = Path(__file__).parents[2]
HUB = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / "plugins").glob("*.yml"))}

# From the schemas of github.com/meltano/hub, `schemas/common` and `schemas/plugin_definitions`, as of 2026.
TEXT = {"type": "string"}
LIST = {"type": "array", "items": TEXT}
KINDS = ["array", "boolean", "date_iso8601", "decimal", "email", "file", "hidden", "integer", "oauth", "object"]
KINDS += ["options", "password", "string"]
BOTH = ["about", "activate-version", "batch", "schema-flattening", "stream-maps", "structured-logging"]
CAPABILITIES = {
    "tap": [*BOTH, "catalog", "discover", "log-based", "properties", "state", "test"],
    # The Hub's schema has no structured-logging for loaders. Meltano has, and without it shows errors as [info].
    "target": [*BOTH, "datatype-failsafe", "hard-delete", "soft-delete", "target-schema", "validate-records"],
}
SETTING = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "label", "kind", "description"],
    "properties": {
        "name": TEXT,
        "label": TEXT,
        "kind": {"enum": KINDS},
        "description": TEXT,
        "sensitive": {"type": "boolean"},
        "value": {},
        "options": {"type": "array", "items": {"type": "object", "properties": {"label": TEXT, "value": TEXT}}},
    },
}


def hub_schema(name: str) -> dict[str, Any]:
    """Return the Hub's schema. The Hub itself adds `variant` and `quality`."""
    properties = {
        **dict.fromkeys(("name", "namespace", "label", "description", "pip_url", "executable"), TEXT),
        "domain_url": {"type": "string", "pattern": "^https://"},
        "maintenance_status": {"enum": ["active", "beta", "development", "inactive", "unknown"]},
        "keywords": LIST,
        "supported_python_versions": {"type": "array", "items": {"type": "string", "pattern": r"^3\.\d+$"}},
        "capabilities": {"type": "array", "items": {"enum": CAPABILITIES[name.partition("-")[0]]}},
        "settings_group_validation": {"type": "array", "items": LIST},
        "settings": {"type": "array", "items": SETTING},
    }
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties | {"select": LIST} if name.startswith("tap-") else properties,
    }


def test_definitions_match_the_plugins() -> None:
    outdated = [path.name for path, text in plugin_definitions.files().items() if path.read_text() != text]
    assert outdated == [], "run: .venv/bin/python scripts/plugin_definitions.py"


@pytest.mark.parametrize("name", HUB)
def test_definition_follows_the_schema_of_the_hub(name: str) -> None:
    assert [error.message for error in Draft202012Validator(hub_schema(name)).iter_errors(HUB[name])] == []
    settings = {setting["name"]: setting for setting in HUB[name]["settings"]}
    assert all(each in settings for group in HUB[name]["settings_group_validation"] for each in group)


def test_settings_have_the_kinds_of_meltano() -> None:
    settings = {setting["name"]: setting for setting in HUB["tap-spott"]["settings"]}
    assert (settings["api_key"]["kind"], settings["api_key"]["sensitive"]) == ("password", True)
    assert settings["start_date"]["kind"] == "date_iso8601"
    assert (settings["concurrency"]["kind"], settings["concurrency"]["value"]) == ("integer", 4)
    assert "value" not in settings["user_agent"]  # it has the version
    choice = {"type": ["string", "null"], "title": "T", "description": "D", "enum": ["stop", None], "default": "stop"}
    assert plugin_definitions.meltano_setting("on_error", choice, "1.0") == {
        "name": "on_error",
        "label": "T",
        "kind": "options",
        "value": "stop",
        "options": [{"label": "Stop", "value": "stop"}],
        "description": "D",
    }


def test_missing_markers_are_reported() -> None:
    with pytest.raises(SystemExit, match=r"^meltano\.yml: target-spott has no generated block; add these lines"):
        plugin_definitions.replace_block("plugins:\n  loaders:\n  - name: target-spott\n", "target-spott", "")
