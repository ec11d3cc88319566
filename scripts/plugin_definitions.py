#!/usr/bin/env python3
"""Writes what Meltano is told of the plugins from what they say of themselves, their `--about`.

usage: .venv/bin/python scripts/plugin_definitions.py

Each plugin has a definition in the form of Meltano Hub, `plugins/<name>.yml`, and one in `meltano.yml`, of which the
lines between two marks are written.
"""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

Definition = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
PLUGINS: dict[str, Definition] = {
    "tap-spott": {"description": "CRM and applicant tracking system for recruitment agencies"},
    "target-spott": {"description": "CRM and applicant tracking system for recruitment agencies"},
}
"""What `--about` does not tell. A plugin is described once the package declares its command."""


def main() -> None:
    """Write all files."""
    for path, text in files().items():
        path.write_text(text)


def files() -> dict[Path, str]:
    """Return each file with the text it has to have."""
    commands = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    plugins = {name: about(name) for name in PLUGINS if name in commands}
    project = ROOT / "meltano.yml"
    text = project.read_text()
    for name, described in plugins.items():
        text = with_block(text, name, as_yaml(what_both_tell(described)))
    hub = {ROOT / f"plugins/{name}.yml": as_hub_file(name, described) for name, described in plugins.items()}
    return {project: text, **hub}


def about(name: str) -> Definition:
    """Return what a plugin says of itself, and of a tap which streams to select: Meltano would take all."""
    described = say(name, "--about", "--format=json")
    if name.startswith("tap-"):
        roots = [
            (stream["tap_stream_id"], part["metadata"])
            for stream in say(name, "--discover")["streams"]
            for part in stream["metadata"]
            if not part["breadcrumb"]
        ]
        described["select"] = [f"{stream}.*" for stream, metadata in roots if metadata["selected-by-default"]]
    return described


def say(name: str, *arguments: str) -> Definition:
    """Return the JSON that a plugin writes."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]
    said: Definition = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603 - our own command
    return said


def as_hub_file(name: str, described: Definition) -> str:
    """Return the definition for Meltano Hub, and for projects that add the plugin from it."""
    static = PLUGINS[name]
    definition = {
        "name": name,
        "namespace": name.replace("-", "_"),
        "label": "Spott",
        "description": static["description"],
        "pip_url": "tap-spott",  # the distribution that has both
        "executable": name,
        "domain_url": "https://api-docs.spott.io",
        "maintenance_status": "active",
        "keywords": ["api", "meltano_sdk"],
        "supported_python_versions": described["supported_python_versions"],
        **what_both_tell(described),
    }
    return (
        f"# For your own Meltano project: docs/operations.md shows how to add {name} from this file.\n"
        f"# Written by scripts/{Path(__file__).name}.\n" + as_yaml(definition)
    )


def what_both_tell(described: Definition) -> Definition:
    """Return what the Hub and `meltano.yml` are told alike."""
    settings = described["settings"]
    return {
        "capabilities": sorted(described["capabilities"]),
        "settings_group_validation": [settings["required"]],
        "settings": [as_setting(name, schema, described["version"]) for name, schema in settings["properties"].items()],
        **({"select": described["select"]} if "select" in described else {}),
    }


def as_setting(name: str, schema: Definition, version: str) -> Definition:
    """Return a setting as Meltano describes it."""
    setting = {"name": name, "label": schema["title"], "kind": kind(name, schema)}
    if schema.get("secret"):
        setting["sensitive"] = True
    default = schema.get("default")
    # A default that names the version would be out of date with each release.
    if default is not None and version not in str(default):
        setting["value"] = default
    if "enum" in schema:
        setting["options"] = [{"label": str(value).capitalize(), "value": value} for value in schema["enum"] if value]
    return setting | {"description": schema["description"]}


def kind(name: str, schema: Definition) -> str:
    """Return Meltano's name for what a setting holds."""
    if schema.get("secret"):
        return "password"
    if "enum" in schema:
        return "options"
    if name.endswith("_date"):
        return "date_iso8601"  # Meltano then takes "6 months ago" too
    first: str = schema["type"][0]
    return {"number": "decimal"}.get(first, first)


def as_yaml(value: Definition) -> str:
    """Return YAML, in the order given."""
    return yaml.safe_dump(value, sort_keys=False, width=110, allow_unicode=True)


def with_block(project: str, name: str, block: str) -> str:
    """Return `meltano.yml` with the written lines of a plugin replaced.

    Raises:
        SystemExit: There is no plugin of this name, or it has no marks.
    """
    begin, end = f"    # Written by scripts/{Path(__file__).name} from here ...\n", "    # ... to here.\n"
    pattern = re.compile(rf"(  - name: {name}\n(?:    .*\n)*?{re.escape(begin)})(?:    .*\n)*?({re.escape(end)})")
    indented = "".join(f"    {line}\n" for line in block.splitlines())
    written, found = pattern.subn(lambda match: match[1] + indented + match[2], project)
    if found != 1:
        sys.exit(f"meltano.yml: {name} lacks the lines\n{begin}{end}")
    return written


if __name__ == "__main__":
    main()
