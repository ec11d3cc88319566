"""The streams: one short class each."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from importlib.resources import files
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import msgspec
from singer_sdk import Stream
from singer_sdk.singerlib import RecordMessage
from singer_sdk.singerlib.catalog import REPLICATION_FULL_TABLE
from typing_extensions import override

from tap_spott.errors import SpottError
from tap_spott.incremental import Step, catch_up, format_time, look_back, parse_time
from tap_spott.records import Fitting

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from singer_sdk.helpers.types import Context, Record

    from tap_spott.answers import Page
    from tap_spott.client import Parameters
    from tap_spott.contacts import Detail
    from tap_spott.tap import TapSpott


UNSURE_OF_TIME = "Spott's answers do not tell its time; the bookmark stays, the next sync reads the same again"
UNSURE_OF_ALL = "Spott changed too fast, or does not tell its time, to be sure of all; no deletions are announced"


class SpottStream(Stream):
    """A stream whose bookmark vouches for Spott's sync watermark, which no record shows (see `incremental`)."""

    def __init__(self, tap: TapSpott) -> None:
        """Take the tap. The schema is the JSON file named after the stream."""
        schema = files("tap_spott.schemas").joinpath(f"{self.name}.json").read_bytes()
        super().__init__(tap, schema=msgspec.json.decode(schema))
        self.tap = tap

    @abstractmethod
    def steps(self) -> Iterator[Step]:
        """Yield what is to be written since `start`; the last step has reached the end.

        Raises:
            SpottError: Spott could not be read.
        """

    @property
    def start(self) -> datetime | None:
        """The watermark to read from: the bookmark less the look-back, else `start_date`, else the beginning."""
        bookmark = self.stream_state.get("replication_key_value")
        if self.is_full_table or not bookmark:
            return self.tap.run.first
        return look_back(parse_time(bookmark), self.config["lookback_seconds"])

    @property
    def is_full_table(self) -> bool:
        """Whether everything is read on each sync."""
        return self.replication_method == REPLICATION_FULL_TABLE

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Yield the records; for `--test`, as many as it wants, without the SDK's complaint at its limit."""
        return islice(self._records(), self.ABORT_AT_RECORD_COUNT)

    def _records(self) -> Iterator[Record]:
        fit = Fitting(self.effective_schema, self.mask)
        sure, count = True, 0
        try:
            for step in self.steps():
                for record in step.records:
                    self._check_key(record)
                    yield fit(record)
                count += len(step.records)
                sure = step.reached is not None
                if step.reached:
                    self._advance(step.reached)
        except SpottError as error:
            error.args = (f"{self.name}: {error}",)
            raise
        finally:
            self.tap.flush()
            self._report(fit, count)
        if not sure:
            self.logger.warning("%s: %s", self.name, UNSURE_OF_ALL if self.is_full_table else UNSURE_OF_TIME)
        elif self._stream_version is not None:
            super()._write_activate_version_message(self._stream_version)

    def _check_key(self, record: Record) -> None:
        for key in self.primary_keys:
            if record.get(key) is None:
                msg = f"Spott sent a record without `{key}`, its key. Report it to Spott; nothing was lost."
                raise SpottError(msg)

    def _advance(self, reached: datetime) -> None:
        if self.is_full_table:
            return
        self.stream_state.update(replication_key=type(self).replication_key, replication_key_value=format_time(reached))
        self.tap.state_writer.write_state(self.tap_state)

    def _report(self, fit: Fitting, count: int) -> None:
        """Sum up in one line, after a warning for what could not be written."""
        for problem, names in (
            ("dropped fields that the schema does not know", fit.unknown),
            ("values that did not fit their column were read as null", fit.unfit),
        ):
            if names:
                self.logger.warning("%s: %s: %s", self.name, problem, ", ".join(sorted(names)))
        self.logger.info(
            "%s: %d records, %s, bookmark %s",
            self.name,
            count,
            self.tap.run.client(self.name).tally,
            self.stream_state.get("replication_key_value", "none"),
        )

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
        """Return the bookmark. The SDK prefers a later `start_date`, and would skip what lies between."""
        return value

    @override
    def get_batch_config(self, config: Any) -> None:
        """Return none: BATCH would write deselected columns in clear."""


class ClientContacts(SpottStream):
    """GET /clients/contacts: a person's role at a client."""

    name = "client_contacts"
    primary_keys = ("id",)
    replication_key = "modifiedAt"

    @override
    def steps(self) -> Iterator[Step]:
        streams = [stream for stream in (self, self.tap.details) if stream.selected]
        starts = {stream.name: stream.start for stream in streams}
        whole = frozenset(stream.name for stream in streams if stream.is_full_table)
        for step, takers in self.tap.run.contacts.read(starts, whole):
            if self.name in takers:
                yield step


class ClientContactDetails(SpottStream):
    """GET /clients/contacts/{candidateId}: e-mails, phones and dates of each person that is a client contact."""

    name = "client_contact_details"
    primary_keys = ("candidateId",)
    replication_key = "modifiedAt"

    @override
    def steps(self) -> Iterator[Step]:
        reading = self.tap.run.contacts
        if self.name not in reading.covers:
            reading = self.tap.run.new_reading()
            for _ in reading.read({self.name: self.start}, frozenset([self.name] if self.is_full_table else [])):
                yield from map(self._step, reading.details.ready())
        yield from map(self._step, reading.details)

    def _step(self, detail: Detail) -> Step:
        due, overview = detail
        if overview is None:
            return Step([], due.reached)
        return Step([{"candidateId": due.candidate_id, **overview, "modifiedAt": due.modified_at}], None)


class Opportunities(SpottStream):
    """GET /opportunities: deals with clients. Records carry no time of change, so `syncedAt` is added."""

    name = "opportunities"
    primary_keys = ("id",)
    replication_key = "syncedAt"

    @override
    def steps(self) -> Iterator[Step]:
        pages = self._pages(self.start)
        first = next(pages)
        if self.start and first.clock and self.start > first.clock.latest:
            pages = self._pages(self.tap.run.begin_again(self.name, first.clock.latest))
            first = next(pages)
        now = first.clock and first.clock.earliest
        synced_at = {"syncedAt": now and format_time(now)}
        steps = (Step(page.items, None) for page in chain([first], pages))
        end = catch_up(self._pages, first.clock) if self.is_full_table else [Step([], now)]
        for records, reached in chain(steps, end):
            yield Step([unwrap(record) | synced_at for record in records], reached)

    def _pages(self, since: datetime | None) -> Iterator[Page]:
        parameters: Parameters = {"limit": self.config["page_size"]}
        if since:
            parameters["modifiedSince"] = format_time(since)
        if company_ids := self.config.get("company_ids"):
            parameters["companyIds"] = company_ids
        return self.tap.run.client(self.name).pages("/opportunities", parameters)


def unwrap(record: Record) -> Record:
    """Take attributes out of their view wrapper: `{"viewType": "opportunityName", "name": "X"}` becomes `"X"`.

    A wrapper is told by holding a value of the attribute's own name, or nothing but `viewType`; other values are left.
    """
    return {name: _unwrapped(name, value) for name, value in record.items()}


def _unwrapped(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON may be anything
    if not isinstance(value, dict):
        return value
    if name in value:
        return value[name]
    return None if value.keys() == {"viewType"} else value
