"""The base classes of the streams: bookmarks, messages, and how lists and details become records."""

from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from itertools import chain
from typing import Any, ClassVar, cast

from singer_sdk import SchemaDirectory, Stream, StreamSchema, Tap
from singer_sdk.helpers.types import Context, Record
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from spott_client.errors import MissingKeyError, SpottError
from spott_client.timestamps import format_timestamp, parse_timestamp
from spott_singer.progress import Status
from tap_spott.endpoints import DetailEndpoint, ListEndpoint
from tap_spott.message_writer import BufferedMessageWriter
from tap_spott.progress import StreamProgress
from tap_spott.records.conform import RecordConformer
from tap_spott.records.personal_data import PersonalDataPolicy, RecordPseudonymizer, without_annotations
from tap_spott.records.transform import RecordTransformer
from tap_spott.session import SyncSession
from tap_spott.state import FINGERPRINT
from tap_spott.streams import schemas
from tap_spott.sync.detail_reader import Detail, DetailSpec
from tap_spott.sync.list_reader import ListReader
from tap_spott.sync.types import RecordBatch


class PlainSchemas(SchemaDirectory):
    """The schemas as targets get them: without the annotations of personal data."""

    @override
    def fetch_schema(self, key: str) -> dict[str, Any]:
        return without_annotations(super().fetch_schema(key))


ANNOTATED_SCHEMAS = SchemaDirectory(schemas)
"""A JSON schema per stream, named after it, with annotations of personal data."""

SCHEMAS = PlainSchemas(schemas)
"""The same schemas without annotations."""

SYNCED_AT = "syncedAt"
"""The replication key of streams whose records show no time of change: the server's time when the sync started."""

NO_SERVER_TIME = "Spott's responses have no Date header; the bookmark stays, and the next sync reads the same again"
MAY_BE_INCOMPLETE = (
    "could not verify that all records were read (data kept changing, or no Date header); skipping ACTIVATE_VERSION"
)


class Confidence(StrEnum):
    """How completely the documentation describes a stream's records."""

    IN_FULL = "documented in full"
    IN_PART = "documented in part"
    INFERRED = "inferred"


def apply_lookback(bookmark: datetime, seconds: int) -> datetime:
    """Return the instant this many seconds before the bookmark, or the first instant there is."""
    return bookmark - min(timedelta(seconds=seconds), bookmark - datetime.min.replace(tzinfo=UTC))


class SpottStream(Stream):
    """A stream whose bookmark is a sync watermark, which no record shows.

    Bookmarks come from checkpoints of the sync engine (see `tap_spott.sync`), never from record values.
    """

    name: str = ""
    schema: ClassVar[StreamSchema] = StreamSchema(SCHEMAS)
    primary_keys: ClassVar[tuple[str, ...]] = ("id",)
    replication_key: str | None = SYNCED_AT
    confidence = Confidence.IN_FULL
    progress: StreamProgress

    def __init__(self, tap: Tap, session: SyncSession) -> None:
        super().__init__(tap)
        self.session = session
        self.policy = PersonalDataPolicy.from_config(self.config)
        self._transformer = RecordTransformer(self.schema, self.policy.public_attributes if self.policy else None)

    @abstractmethod
    def batches(self) -> Iterator[RecordBatch]:
        """Yield the records since `start`; the last batch has the final checkpoint.

        Raises:
            SpottError: Spott could not be read.
        """

    @property
    def start(self) -> datetime | None:
        """The watermark to read from: the bookmark less the lookback, else `start_date`, else None: the beginning."""
        bookmark = self._bookmark
        if self.is_full_table or not bookmark:
            return self.session.start_date
        return apply_lookback(parse_timestamp(bookmark), self.config["lookback_seconds"])

    @property
    def _bookmark(self) -> str | None:
        """The bookmark in the state. The SDK's getter would add an entry for the stream."""
        bookmarks: dict[str, dict[str, str]] = self.tap_state.get("bookmarks", {})
        return bookmarks.get(self.name, {}).get("replication_key_value")

    @property
    def is_full_table(self) -> bool:
        """Whether each sync reads everything."""
        return self.replication_method == REPLICATION_FULL_TABLE or type(self).replication_key is None

    @property
    def deletes_rows(self) -> bool:
        """Whether the target will delete the rows that the sync doesn't yield."""
        return self.replication_method == REPLICATION_FULL_TABLE and self.emit_activate_version_messages

    def transform(self, record: Record) -> Record:
        """Return a record of Spott as a record of this stream, before it is conformed to the schema."""
        return self._pseudonymize(self._transformer.transform(record))

    @cached_property
    def _pseudonymize(self) -> Callable[[Record], Record]:
        if self.policy is None:
            return lambda record: record
        return RecordPseudonymizer(ANNOTATED_SCHEMAS.get_schema(self.name), self.policy)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Yield the records one by one, as the SDK's interface asks; a sync writes them batch by batch."""
        return chain.from_iterable(self._conformed_batches())

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, None, None]:
        """Write the records batch by batch; for `--test`, as many as the SDK wants. Yield none: the SDK drops them.

        The SDK would write them one by one, and repeat selection and type conformance, which RecordConformer has done.
        """
        self._write_starting_replication_value(context)
        if self.policy is not None:
            self.stream_state[FINGERPRINT] = self.policy.fingerprint
        written = 0
        with self.get_record_counter() as counter, self.get_sync_timer():
            for batch in self._conformed_batches():
                limit = self.ABORT_AT_RECORD_COUNT
                records = batch if limit is None else batch[: limit - written]
                self._write_records(records)
                written += len(records)
                counter.increment(len(records))
                if written == limit:
                    break
        self._write_state_message()
        yield from ()

    def _write_records(self, records: list[Record]) -> None:
        writer = cast("BufferedMessageWriter", self._tap.message_writer)
        for stream_map in self.stream_maps:
            mapped = [mapped for record in records if (mapped := stream_map.transform(record)) is not None]
            writer.write_records(stream_map.stream_alias, mapped, self._stream_version)
        self.state_manager.is_flushed = False

    def _conformed_batches(self) -> Iterator[list[Record]]:
        conformer = RecordConformer(self.effective_schema, self.mask)
        is_complete = True
        self.progress = self.session.start_stream(self.name)
        self.progress.bookmark = self._bookmark
        try:
            for batch in self.batches():
                self._check_keys(batch.records)
                yield [conformer(record) for record in batch.records]
                self.progress.records += len(batch.records)
                is_complete = batch.checkpoint is not None
                if batch.checkpoint:
                    self._write_bookmark(batch.checkpoint)
        except SpottError as error:
            self.progress.end(Status.FAILED)
            error.args = (f"{self.name}: {error}",)
            self.session.failures.add(self.name, error)
            return
        else:
            self.progress.end(Status.SUCCEEDED)
        finally:
            self._warn_of_dropped_values(conformer)
        if is_complete:
            if self._stream_version is not None:
                super()._write_activate_version_message(self._stream_version)
        elif self.deletes_rows:
            self.logger.warning("%s: %s", self.name, MAY_BE_INCOMPLETE)
        elif not self.is_full_table:
            self.logger.warning("%s: %s", self.name, NO_SERVER_TIME)

    def _check_keys(self, records: list[Record]) -> None:
        for key in self.primary_keys:
            if any(record.get(key) is None for record in records):
                msg = f"Spott sent a record without its primary key `{key}`. Report it to Spott; nothing was lost."
                raise MissingKeyError(msg)

    def _write_bookmark(self, checkpoint: datetime) -> None:
        if self.is_full_table:
            return
        self.stream_state.update(
            replication_key=type(self).replication_key, replication_key_value=format_timestamp(checkpoint)
        )
        self.progress.bookmark = self._bookmark
        self._tap.state_writer.write_state(self.tap_state)

    def _warn_of_dropped_values(self, conformer: RecordConformer) -> None:
        for problem, names in (
            ("dropped fields that the schema doesn't have", conformer.unknown_fields),
            ("replaced values of the wrong type with null", conformer.invalid_fields),
        ):
            if names:
                self.logger.warning("%s: %s: %s", self.name, problem, ", ".join(sorted(names)))

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Do nothing yet. The SDK sends it first, and a loader would delete the rows of a sync that fails half-way."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return None: the SDK's signpost is this machine's clock, which may be wrong."""

    @override
    def get_batch_config(self, config: Any) -> None:
        """Return None: BATCH would write deselected columns in clear."""


class ListStream(SpottStream):
    """The records of a list, which may be spread over several endpoints."""

    endpoints: ClassVar[tuple[ListEndpoint, ...]]

    def __init_subclass__(cls) -> None:
        """Select by default what is documented in full."""
        cls.selected_by_default = cls.confidence is Confidence.IN_FULL

    @override
    def batches(self) -> Iterator[RecordBatch]:
        reader = self.session.list_reader(self.name, self.endpoints)
        streams = [stream for stream in (self, *self._detail_streams()) if stream.selected]
        start_times = {stream.name: stream.start for stream in streams}
        full_table_streams = frozenset(stream.name for stream in streams if stream.deletes_rows)
        adds_synced_at = type(self).replication_key == SYNCED_AT
        for batch, names in reader.read(start_times, full_table_streams):
            self.progress.expected = _extrapolate(self.progress.records, reader)
            if self.name in names:
                for record in batch.records if adds_synced_at else ():
                    record[SYNCED_AT] = reader.started_at
                yield RecordBatch([self.transform(record) for record in batch.records], batch.checkpoint)

    def _detail_streams(self) -> "Iterator[DetailStream]":
        for stream in self._tap.streams.values():
            if isinstance(stream, DetailStream) and stream.parent is type(self):
                yield stream


class DetailStream(SpottStream):
    """An object for each record of a list, requested once per sync, with a bookmark of its own."""

    selected_by_default = False  # a detail stream costs a request per record
    parent: ClassVar[type[ListStream]]
    endpoint: ClassVar[DetailEndpoint]

    @classmethod
    def spec(cls) -> DetailSpec:
        """Return what to read of each record of the parent's list."""
        key = cls.replication_key
        return DetailSpec(
            stream=cls.name, endpoint=cls.endpoint, timestamp_column=None if key == SYNCED_AT else cast("str", key)
        )

    @override
    def batches(self) -> Iterator[RecordBatch]:
        reader = self.session.list_reader(self.parent.name, self.parent.endpoints)
        is_read = self.name in reader.completed_for
        if not is_read:
            reader = self.session.new_list_reader(self.parent.name, self.parent.endpoints)
        details = reader.details[self.name]
        try:
            for detail in details.results if is_read else self._read_with_list(reader):
                self.progress.expected = _extrapolate(details.queued, reader)
                yield self._batch(detail)
        except SpottError:
            details.stop()
            raise

    def _read_with_list(self, reader: ListReader) -> Iterator[Detail]:
        """Read the list for this stream alone, and yield the details as they come."""
        results = reader.details[self.name].results
        full_table_streams = frozenset([self.name] if self.deletes_rows else [])
        for _ in reader.read({self.name: self.start}, full_table_streams):
            yield from results.ready()
        yield from results

    def _batch(self, detail: Detail) -> RecordBatch:
        item, body = detail
        if body is None:
            return RecordBatch([], item.checkpoint)
        (key,) = self.primary_keys
        records_key = self.endpoint.records_key
        record = {key: item.id, **(body if records_key is None else {records_key: body})}
        bookmark = type(self).replication_key
        record[bookmark] = record.get(bookmark) or item.changed_at
        return RecordBatch([self.transform(record)], None)


def _extrapolate(records: int, reader: ListReader) -> float | None:
    """Return how many records there will be, if so many came from what has been read of the list so far."""
    return records / reader.fraction_done if reader.fraction_done else None
