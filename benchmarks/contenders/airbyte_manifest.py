"""Run the manifest in this folder with Airbyte's command `source-declarative-manifest read`."""

import json
import os
import sys
import tempfile
from pathlib import Path

import yaml
from airbyte_cdk.cli.source_declarative_manifest import run


def main() -> None:
    """Write Airbyte messages for the streams in the arguments."""
    names = sys.argv[1:]
    manifest = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    # Airbyte caches a parent stream. Without its child in the manifest, the parent is read without that cost.
    manifest["streams"] = [manifest["definitions"][name] for name in names]
    config = {
        "api_url": os.environ["TAP_SPOTT_API_URL"],
        "api_key": os.environ["TAP_SPOTT_API_KEY"],
        "requests_per_minute": int(os.environ["TAP_SPOTT_REQUESTS_PER_MINUTE"]),
        "__injected_declarative_manifest": manifest,
    }
    files = {"config": config, "catalog": {"streams": [configured(name) for name in names]}}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_text(json.dumps(content), "utf-8")
        sys.argv[1:] = ["read", *(f"--{name}={Path(folder, name)}" for name in files)]
        run()


def configured(name: str) -> dict[str, object]:
    """Return the catalog entry of a stream, with a full refresh."""
    stream = {"name": name, "json_schema": {}, "supported_sync_modes": ["full_refresh"]}
    return {"stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"}


if __name__ == "__main__":
    main()
