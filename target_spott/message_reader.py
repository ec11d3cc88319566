"""Read Singer messages from standard input or a file."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, Any

import msgspec
from jsonschema import SchemaError
from jsonschema.protocols import Validator
from singer_sdk.singerlib.encoding.base import GenericSingerReader
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from typing_extensions import override

from spott_client.errors import SpottError

MAX_BUFFERED_LINES = 100
"""Lines that are read before they are processed."""

MAX_INTEGER_LENGTH = 18
"""Characters; integers of up to this length fit into 64 bits."""

STANDARD_INPUT = 0
"""File descriptor."""

INPUT_HINT = "send the output of a Singer tap, or lines of a rejects file"


def _message_validator(required: Sequence[str], **properties: object) -> Validator:
    return DEFAULT_JSONSCHEMA_VALIDATOR({"required": required, "properties": properties})


STRING = {"type": "string"}
STRINGS = {"type": ["array", "null"], "items": STRING}
OBJECT = {"type": "object"}
SCHEMA = OBJECT | {"required": ["properties"], "properties": {"properties": OBJECT}}
MESSAGE_VALIDATORS = {
    "SCHEMA": _message_validator(["stream", "schema"], stream=STRING, schema=SCHEMA, key_properties=STRINGS),
    "RECORD": _message_validator(["stream", "record"], stream=STRING, record=OBJECT, key_properties=STRINGS),
    "STATE": _message_validator(["value"]),
}


class InputError(SpottError):
    """The input is not the output of a Singer tap. The reader adds the line number to the message."""


class MessageReader(GenericSingerReader[str]):
    """Reads messages, and reports invalid ones without quoting them: they may hold personal data.

    A thread reads the lines, so that `interrupt` can end the wait for the next one. A line of a rejects file has a
    `record` but no `type`; the reader treats it as a RECORD message.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lines: SimpleQueue[str | BaseException | None] = SimpleQueue()
        self._free_slots = threading.Semaphore(MAX_BUFFERED_LINES)

    @property
    @override
    def default_input(self) -> IO[str]:
        # Not sys.stdin: Python can't exit while another thread holds its lock.
        return open(STANDARD_INPUT, encoding="utf-8", closefd=False)

    def interrupt(self, error: BaseException) -> None:
        """Raise an error in the thread that processes the messages. Safe in any thread and in a signal handler."""
        self._lines.put(error)

    @override
    def process_lines(
        self, file_input: IO[str] | None, callbacks: dict[str, Callable[[dict[str, Any]], None]]
    ) -> Counter[str]:
        threading.Thread(target=self._read, args=[file_input or self.default_input], daemon=True).start()
        counts: Counter[str] = Counter()
        for number, line in enumerate(self._buffered_lines(), 1):
            try:
                message = self.deserialize_json(line)
                kind = _message_type(message)
                callbacks[kind](message)
            except InputError as error:
                msg = f"Input line {number}: {error}"
                raise type(error)(msg) from None
            counts[kind] += 1
        return counts

    @override
    def deserialize_json(self, line: str) -> dict[str, Any]:
        with suppress(ValueError, RecursionError):
            return msgspec.json.decode(line, type=dict[str, Any])
        try:
            return _decode_leniently(line)
        except (ValueError, RecursionError):
            msg = f"not a JSON object; {INPUT_HINT}"
            raise InputError(msg) from None

    def _buffered_lines(self) -> Iterator[str]:
        while (line := self._lines.get()) is not None:
            if isinstance(line, BaseException):
                raise line
            self._free_slots.release()
            if line.strip():
                yield line

    def _read(self, lines: Iterable[str]) -> None:
        try:
            for line in lines:
                self._free_slots.acquire()
                self._lines.put(line)
            self._lines.put(None)
        except (OSError, ValueError) as error:
            self._lines.put(InputError(f"Can't read the input: {error}"))


def _decode_leniently(line: str) -> dict[str, Any]:
    """Decode integers of more than 64 bits as floats, and replace lone surrogates (half an emoji)."""
    text = json.dumps(json.loads(line), ensure_ascii=False)
    clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    message = json.loads(clean, parse_int=lambda text: (int if len(text) <= MAX_INTEGER_LENGTH else float)(text))
    return msgspec.convert(message, dict[str, Any])


def _message_type(message: dict[str, Any]) -> str:
    """Return the message's type, after checking the fields that this type needs.

    Raises:
        InputError: The message is invalid.
    """
    kind = message.get("type", "RECORD" if "record" in message else None)
    if not isinstance(kind, str) or kind not in {*MESSAGE_VALIDATORS, "ACTIVATE_VERSION", "BATCH"}:
        msg = f"not a Singer message; {INPUT_HINT}"
        raise InputError(msg)
    for error in MESSAGE_VALIDATORS[kind].iter_errors(message) if kind in MESSAGE_VALIDATORS else ():
        problem = f"invalid `{error.path[0]}`" if error.path else error.message
        msg = f"invalid {kind} message ({problem}); {INPUT_HINT}"
        raise InputError(msg)
    if kind == "SCHEMA":
        try:
            DEFAULT_JSONSCHEMA_VALIDATOR.check_schema(message["schema"])
        except SchemaError:
            msg = f"invalid SCHEMA message (`schema` is not a JSON Schema); {INPUT_HINT}"
            raise InputError(msg) from None
    return kind
