"""The lower bound for a sequential reader: request a page, decode it, write it, repeat."""

import os
import sys

import orjson
import requests


def main() -> None:
    """Write each contact as a line of JSON to standard output."""
    session = requests.Session()
    session.headers["x-api-key"] = os.environ["TAP_SPOTT_API_KEY"]
    url = os.environ["TAP_SPOTT_API_URL"] + "/clients/contacts"
    parameters = {"limit": "50"}
    while True:
        response = session.get(url, params=parameters, timeout=60)
        response.raise_for_status()
        page = orjson.loads(response.content)
        for record in page["items"]:
            sys.stdout.buffer.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        cursor = page["pagination"].get("cursor")
        if not cursor:
            return
        parameters["cursor"] = cursor


if __name__ == "__main__":
    main()
