"""Print, as JSON, the CPU microseconds per contact that tap-spott's stages take, each of them alone in one thread."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import msgspec

from spott_client.client import SpottClient
from spott_client.rate_limiter import RateLimiter
from spott_client.worker_pool import WorkerPool
from tap_spott.message_writer import BufferedMessageWriter
from tap_spott.records.conform import RecordConformer
from tap_spott.records.transform import RecordTransformer
from tap_spott.streams.base import SCHEMAS

START_UP = time.process_time()
"""CPU seconds of Python and the imports."""

STREAM, PATH, PAGE_SIZE = "client_contacts", "/clients/contacts", 50

seconds: Counter[str] = Counter({"start-up": START_UP})


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Add the CPU time of this block to a stage."""
    started = time.process_time()
    yield
    seconds[name] += time.process_time() - started


def microseconds_by_stage() -> dict[str, float]:
    """Read, process and write all contacts, page by page."""
    client = SpottClient(
        api_url=os.environ["TAP_SPOTT_API_URL"],
        api_key=os.environ["TAP_SPOTT_API_KEY"],
        user_agent="benchmark",
        request_timeout=60,
        max_retries=0,
        pool=WorkerPool(1),
        rate_limiter=RateLimiter(1_000_000),
    )
    schema = SCHEMAS.get_schema(STREAM)
    transformer, conformer, writer = RecordTransformer(schema), RecordConformer(schema), BufferedMessageWriter()
    cursor, records = None, 0
    while records == 0 or cursor is not None:
        with stage("requests and JSON"):
            page = client.get_page(PATH, {"limit": PAGE_SIZE}, cursor)
        body = msgspec.json.encode(page.items)
        with stage("JSON"):
            msgspec.json.decode(body)
        with stage("attributes"):
            items = [transformer.transform(record) for record in page.items]
        with stage("conform"):
            items = [conformer(record) for record in items]
        with stage("messages"):
            writer.write_records(STREAM, items, None)
        records, cursor = records + len(items), page.cursor
    seconds["requests"] = seconds.pop("requests and JSON") - seconds["JSON"]
    return {name: total / records * 1e6 for name, total in seconds.items()}


if __name__ == "__main__":
    with Path(os.devnull).open("w") as null, redirect_stdout(null):
        stages = microseconds_by_stage()
    print(json.dumps(stages))
