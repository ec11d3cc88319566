"""Singer messages from standard input: read ahead by a thread, so that waiting for the next one can be interrupted."""

from __future__ import annotations

import json
import threading
from collections import Counter
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any

import msgspec
from jsonschema import SchemaError
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from typing_extensions import override

from spott_client.errors import SpottError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from jsonschema.protocols import Validator

LINES_AHEAD = 100
"""Lines that may be read before they are wanted."""

DIGITS = 19
"""An integer with fewer fits into 64 bits."""

STANDARD_INPUT = 0
"""The descriptor."""

ASK_THE_TAP = "The input has to be what a Singer tap writes, or lines of a rejects file."


def _message(required: Sequence[str], **properties: object) -> Validator:
    return DEFAULT_JSONSCHEMA_VALIDATOR({"required": required, "properties": properties})


NAME = {"type": "string"}
NAMES = {"type": ["array", "null"], "items": NAME}
OBJECT = {"type": "object"}
SCHEMA = OBJECT | {"required": ["properties"], "properties": {"properties": OBJECT}}
REJECTED = "REJECT"
"""What messages call a line of a rejects file."""
SHAPES = {
    "SCHEMA": _message(["stream", "schema"], stream=NAME, schema=SCHEMA, key_properties=NAMES),
    "RECORD": _message(["stream", "record"], stream=NAME, record=OBJECT),
    "STATE": _message(["value"]),
    REJECTED: _message(["stream", "record"], stream=NAME, record=OBJECT, key_properties=NAMES),
}


class InputError(SpottError):
    """What comes in is not what a Singer tap writes; the message goes on from "Line 7 of the input"."""


class MessageReader(GenericSingerReader[str]):
    """Reads messages, and says what is wrong with one without showing it: it may be personal data.

    A line without `type` that has a `record` is one from the rejects file: it is a record to send again.
    """

    def __init__(self, rejected: Callable[[dict[str, Any]], None] | None = None) -> None:
        """Take what is to be done with a line from a rejects file; nothing can be without."""
        super().__init__()
        self.rejected = rejected
        self._lines: SimpleQueue[str | BaseException | None] = SimpleQueue()
        self._room = threading.Semaphore(LINES_AHEAD)

    @property
    @override
    def default_input(self) -> IO[str]:
        # Not sys.stdin: Python could not end while a thread waits for that.
        return open(STANDARD_INPUT, encoding="utf-8", closefd=False)

    def interrupt(self, error: BaseException) -> None:
        """Let the reading end with an error, from any thread or from a signal's handler."""
        self._lines.put(error)

    @override
    def process_lines(
        self, file_input: IO[str] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        threading.Thread(target=self._read, args=[file_input or self.default_input], daemon=True).start()
        counts: Counter[str] = Counter()
        for number, line in enumerate(self._taken(), 1):
            try:
                counts[self._act_on(self.deserialize_json(line), callbacks)] += 1
            except InputError as error:
                msg = f"Line {number} of the input {error}"
                raise type(error)(msg) from None
        return counts

    @override
    def deserialize_json(self, line: str) -> dict[str, Any]:
        with suppress(ValueError, RecursionError):
            return msgspec.json.decode(line, type=dict[str, Any])
        try:
            return _decode_leniently(line)
        except (ValueError, RecursionError):
            msg = f"is no JSON object. {ASK_THE_TAP}"
            raise InputError(msg) from None

    def _act_on(self, message: dict[str, Any], callbacks: dict[str, Callable[[dict[str, Any]], None]]) -> str:
        kind = message.get("type", REJECTED if "record" in message else None)
        act = {REJECTED: self.rejected, **callbacks}.get(kind) if isinstance(kind, str) else None
        if act is None or not isinstance(kind, str):
            msg = f"is no Singer message. {ASK_THE_TAP}"
            raise InputError(msg)
        _check(message, kind)
        act(message)
        return kind

    def _taken(self) -> Iterator[str]:
        while (line := self._lines.get()) is not None:
            if isinstance(line, BaseException):
                raise line
            self._room.release()
            if line.strip():
                yield line

    def _read(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                self._room.acquire()
                self._lines.put(line)
            self._lines.put(None)
        except (OSError, ValueError) as error:
            self._lines.put(InputError(f"The input can't be read: {error}"))


def _decode_leniently(line: str) -> dict[str, Any]:
    """Decode what need not end a run: integers of more than 64 bits, and text cut in the middle of an emoji."""
    text = json.dumps(json.loads(line), ensure_ascii=False)
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    message = json.loads(whole, parse_int=lambda digits: int(digits) if len(digits) < DIGITS else float(digits))
    return msgspec.convert(message, dict[str, Any])


def _check(message: dict[str, Any], kind: str) -> None:
    for error in SHAPES[kind].iter_errors(message) if kind in SHAPES else ():
        wrong = f"its `{error.path[0]}` is not right" if error.path else error.message
        msg = f"is no {kind} as it has to be: {wrong}. {ASK_THE_TAP}"
        raise InputError(msg)
    if kind == "SCHEMA":
        try:
            DEFAULT_JSONSCHEMA_VALIDATOR.check_schema(message["schema"])
        except SchemaError:
            msg = f"is no SCHEMA as it has to be: its `schema` is no JSON schema. {ASK_THE_TAP}"
            raise InputError(msg) from None
