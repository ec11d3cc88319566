"""What the streams share: bookmarks, messages, and how lists and details become records."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.resources import files
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from singer_sdk import Stream
from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from spott_client.errors import MissingKeyError, SpottError
from spott_client.timestamps import format_timestamp, parse_timestamp
from spott_singer.progress import Status
from tap_spott.records.attributes import unwrap, values_by_label
from tap_spott.records.conform import RecordConformer
from tap_spott.records.transform import OTHER_FIELDS, VALUES, _declared, _item_columns
from tap_spott.sync.types import RecordBatch

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_spott.endpoints import DetailEndpoint, ListEndpoint
    from tap_spott.progress import StreamProgress
    from tap_spott.sync.detail_reader import Detail
    from tap_spott.sync.list_reader import ListReader
    from tap_spott.tap import TapSpott


SYNCED_AT = "syncedAt"
"""The bookmark's column where records carry no time of change: Spott's time when their sync began."""


def apply_lookback(bookmark: datetime, seconds: int) -> datetime:
    """Return the instant that lies this many seconds before the bookmark, or the first one there is."""
    return bookmark - min(timedelta(seconds=seconds), bookmark - datetime.min.replace(tzinfo=UTC))


UNSURE_OF_TIME = "Spott's answers do not tell its time; the bookmark stays, the next sync reads the same again"

UNSURE_OF_ALL = "Spott changed too fast, or does not tell its time, to be sure of all; no deletions are announced"


class Confidence(StrEnum):
    """How well a stream's shape is known."""

    IN_FULL = "documented in full"
    IN_PART = "documented in part"
    INFERRED = "inferred"


class SpottStream(Stream):
    """A stream whose bookmark vouches for Spott's sync watermark, which no record shows (see `incremental`)."""

    name: str = ""
    primary_keys: ClassVar[tuple[str, ...]] = ("id",)
    replication_key: str | None = SYNCED_AT
    confidence = Confidence.IN_FULL
    progress: StreamProgress

    def __init__(self, tap: TapSpott) -> None:
        """Take the tap. The schema is the JSON file named after the stream."""
        schema = self.own_schema()
        super().__init__(tap, schema=schema)
        self.tap = tap
        columns = schema["properties"]
        self._columns = columns.keys()
        self._declared = {name: _declared(column) for name, column in columns.items()}
        self._in_arrays = {name for name, column in columns.items() if VALUES in _item_columns(column)}

    @classmethod
    def own_schema(cls) -> dict[str, Any]:
        """Return the schema that discovery gives."""
        file = files("tap_spott.streams.schemas").joinpath(f"{cls.name}.json")
        schema: dict[str, Any] = msgspec.json.decode(file.read_bytes())
        schema["description"] += f" The schema is {cls.confidence}."
        return schema

    @abstractmethod
    def steps(self) -> Iterator[RecordBatch]:
        """Yield what is to be written since `start`; the last step has reached the end.

        Raises:
            SpottError: Spott could not be read.
        """

    @property
    def start(self) -> datetime | None:
        """The watermark to read from: the bookmark less the look-back, else `start_date`, else the beginning."""
        bookmark = self._bookmark
        if self.is_full_table or not bookmark:
            return self.tap.run.first
        return apply_lookback(parse_timestamp(bookmark), self.config["lookback_seconds"])

    @property
    def _bookmark(self) -> str | None:
        """The bookmark in the state; the SDK's way to look would write an entry for the stream."""
        bookmarks: dict[str, dict[str, str]] = self.tap_state.get("bookmarks", {})
        return bookmarks.get(self.name, {}).get("replication_key_value")

    @property
    def is_full_table(self) -> bool:
        """Whether everything is read on each sync."""
        return self.replication_method == REPLICATION_FULL_TABLE or type(self).replication_key is None

    @property
    def announces_deletions(self) -> bool:
        """Whether a target will delete what does not come."""
        return self.replication_method == REPLICATION_FULL_TABLE and self.emit_activate_version_messages

    def prepare(self, record: Record) -> Record:
        """Return a record of Spott's as the stream has it: attributes unwrapped, custom ones by their label too."""
        unwrap(record, self._declared)
        if VALUES in self._columns:
            record[VALUES] = values_by_label(record.get("customAttributes"))
        for name in self._in_arrays:
            items = record.get(name)
            for item in items if isinstance(items, list) else ():
                if isinstance(item, dict):
                    item[VALUES] = values_by_label(item.get("customAttributes"))
        if OTHER_FIELDS in self._columns:
            others = {name: record.pop(name) for name in list(record) if name not in self._columns}
            record[OTHER_FIELDS] = others or None
        return record

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Yield the records; for `--test`, as many as it wants, without the SDK's complaint at its limit."""
        return islice(self._records(), self.ABORT_AT_RECORD_COUNT)

    def _records(self) -> Iterator[Record]:
        fit = RecordConformer(self.effective_schema, self.mask)
        sure = True
        self.progress = self.tap.run.begin(self.name)
        self.progress.bookmark = self._bookmark
        try:
            for step in self.steps():
                for record in step.records:
                    self._check_key(record)
                    yield fit(record)
                self.progress.records += len(step.records)
                sure = step.reached is not None
                if step.reached:
                    self._advance(step.reached)
        except SpottError as error:
            self.progress.end(Status.FAILED)
            error.args = (f"{self.name}: {error}",)
            self.tap.note_failure(self.name, error)
            return
        else:
            self.progress.end(Status.SUCCEEDED)
        finally:
            self.tap.flush()
            self._report(fit)
        if not sure:
            if self.announces_deletions or not self.is_full_table:
                self.logger.warning("%s: %s", self.name, UNSURE_OF_ALL if self.is_full_table else UNSURE_OF_TIME)
        elif self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)

    def _check_key(self, record: Record) -> None:
        for key in self.primary_keys:
            if record.get(key) is None:
                msg = f"Spott sent a record without `{key}`, its key. Report it to Spott; nothing was lost."
                raise MissingKeyError(msg)

    def _advance(self, reached: datetime) -> None:
        if self.is_full_table:
            return
        self.stream_state.update(
            replication_key=type(self).replication_key, replication_key_value=format_timestamp(reached)
        )
        self.progress.bookmark = self._bookmark
        self.tap.state_writer.write_state(self.tap_state)

    def _report(self, fit: RecordConformer) -> None:
        """Warn of what could not be written."""
        for problem, names in (
            ("dropped fields that the schema does not know", fit.unknown),
            ("values that did not fit their column were read as null", fit.unfit),
        ):
            if names:
                self.logger.warning("%s: %s: %s", self.name, problem, ", ".join(sorted(names)))

    @override
    def _increment_stream_state(self, latest_record: Record, *, context: Context | None = None) -> None:
        """Do nothing. The SDK takes bookmarks from records, which do not show the watermark; `_advance` sets them."""

    @override
    def _generate_record_messages(self, record: Record) -> Generator[RecordMessage, None, None]:
        """Leave out what the SDK would do once more, and for a fifth of all time: Fitting selects and conforms."""
        for stream_map in self.stream_maps:
            mapped = stream_map.transform(record)
            if mapped is not None:
                yield RecordMessage(
                    stream=stream_map.stream_alias,
                    record=mapped,
                    version=self._stream_version,
                    time_extracted=datetime.now(UTC),
                )

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Do nothing yet. The SDK sends it first, and a loader would delete the rows of a run that fails half-way."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return none: the SDK's is this machine's clock, which may be wrong."""

    @override
    def compare_start_date(self, value: str, start_date_value: str) -> str:
        """Return the bookmark, which the sync begins at; the SDK would log a later `start_date` in its place."""
        return value

    @override
    def get_batch_config(self, config: Any) -> None:
        """Return none: BATCH would write deselected columns in clear."""


class ListStream(SpottStream):
    """The records of a list, which may be spread over several endpoints."""

    lists: ClassVar[tuple[ListEndpoint, ...]]

    def __init_subclass__(cls) -> None:
        """Select by default what is documented in full."""
        cls.selected_by_default = cls.confidence is Confidence.IN_FULL

    @override
    def steps(self) -> Iterator[RecordBatch]:
        reading = self.tap.run.reading(type(self))
        streams = [stream for stream in (self, *self.tap.details_of(self)) if stream.selected]
        starts = {stream.name: stream.start for stream in streams}
        whole = frozenset(stream.name for stream in streams if stream.announces_deletions)
        self.progress.expected = lambda: self.progress.records / reading.share if reading.share else None
        added = type(self).replication_key == SYNCED_AT
        for step, takers in reading.read(starts, whole):
            if self.name in takers:
                synced_at = {SYNCED_AT: reading.began_at} if added else {}
                yield RecordBatch([self.prepare(record | synced_at) for record in step.records], step.reached)


class DetailStream(SpottStream):
    """A single object for each record of a list: own bookmark, each asked for once a sync."""

    selected_by_default = False  # they cost a request a record
    parent: ClassVar[type[ListStream]]
    detail: ClassVar[DetailEndpoint]

    @override
    def steps(self) -> Iterator[RecordBatch]:
        reading = self.tap.run.reading(self.parent)
        is_read = self.name in reading.covers
        if not is_read:
            reading = self.tap.run.new_reading(self.parent)
        details = reading.details[self.name]
        self._expect(reading)
        try:
            if not is_read:
                whole = frozenset([self.name] if self.announces_deletions else [])
                for _ in reading.read({self.name: self.start}, whole):
                    yield from map(self._step, details.results.ready())
            yield from map(self._step, details.results)
        except SpottError:
            details.stop()
            raise

    def _expect(self, reading: ListReader) -> None:
        details = reading.details[self.name]
        self.progress.expected = lambda: details.due / reading.share if reading.share else None

    def _step(self, detail: Detail) -> RecordBatch:
        due, body = detail
        if body is None:
            return RecordBatch([], due.reached)
        (key,) = self.primary_keys
        record = {key: due.id, **(body if self.detail.records_key is None else {self.detail.records_key: body})}
        bookmark = type(self).replication_key
        record[bookmark] = record.get(bookmark) or due.changed_at
        return RecordBatch([self.prepare(record)], None)
