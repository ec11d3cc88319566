"""Load with dlt's `rest_api` source into its filesystem destination.

The argument `extract` runs only that step; `run` also normalizes and loads. Two defaults are changed, both in dlt's
favor: files are not compressed, and nested lists stay in their row.
"""

import os
import sys
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.rest_api import RESTAPIConfig, rest_api_source

CONTACTS: dict[str, Any] = {
    "name": "client_contacts",
    "primary_key": "id",
    "endpoint": {
        "path": "/clients/contacts",
        "params": {"limit": 50},
        "data_selector": "items",
        "paginator": {"type": "cursor", "cursor_path": "pagination.cursor", "cursor_param": "cursor"},
    },
}
DETAILS: dict[str, Any] = {
    "name": "client_contact_details",
    "primary_key": "candidateId",
    "parallelized": True,
    "endpoint": {
        "path": "/clients/contacts/{resources.client_contacts.candidateId}",
        "data_selector": "$",
        "paginator": "single_page",
        # dlt also requests details for contacts without a candidate, because a path can't have a condition.
        "response_actions": [{"status_code": 404, "action": "ignore"}],
    },
}


def main() -> None:
    """Read the streams in the arguments into the output folder."""
    step, output, *streams = sys.argv[1:]
    os.environ |= {"EXTRACT__WORKERS": "8", "DATA_WRITER__DISABLE_COMPRESSION": "true"}
    config: RESTAPIConfig = {
        "client": {
            "base_url": os.environ["TAP_SPOTT_API_URL"],
            "auth": {
                "type": "api_key",
                "name": "x-api-key",
                "api_key": os.environ["TAP_SPOTT_API_KEY"],
                "location": "header",
            },
        },
        "resources": [resource for resource in (CONTACTS, DETAILS) if resource["name"] in streams],
    }
    source = rest_api_source(config, name="spott", max_table_nesting=0)
    pipeline = dlt.pipeline(
        "spott",
        pipelines_dir=str(Path(output, "pipelines")),
        destination=dlt.destinations.filesystem(Path(output, "loaded").as_uri()),
        dataset_name="spott",
    )
    if step == "extract":
        pipeline.extract(source, loader_file_format="jsonl")
    else:
        pipeline.run(source, loader_file_format="jsonl")


if __name__ == "__main__":
    main()
