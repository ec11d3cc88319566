"""Record sources of every list except contacts and opportunities."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.applications import make_application
from spott_sandbox.generate.attributes import definition_id
from spott_sandbox.generate.candidates import make_candidate
from spott_sandbox.generate.clients import make_client_record
from spott_sandbox.generate.contacts import Times, in_bulk_import, make_times
from spott_sandbox.generate.conversations import make_meeting, make_note, make_task
from spott_sandbox.generate.dirty_data import VARIANT_COUNT, make_dirty
from spott_sandbox.generate.placements import make_placement
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import HISTORY_START, UNKNOWN_FIELD_PROBABILITY, Record, with_rotating_null
from spott_sandbox.generate.vacancies import make_vacancy
from spott_sandbox.generate.workspace import (
    CANDIDATE_DEFINITIONS,
    COLUMNS,
    column_group,
    column_id,
    make_attachment,
    make_candidate_definition,
    make_column,
    make_list,
    make_stage,
    make_user_record,
    stage_pipeline,
)
from spott_sandbox.mutations import MUTATIONS
from spott_sandbox.rows import LazyRow, Row


def _no_group(_: Agency, __: int) -> str:
    return ""


def _make_id(kind: str) -> Callable[[Agency, int], str]:
    return lambda agency, number: make_id(agency.seed, kind, number)


@dataclass(frozen=True, kw_only=True)
class _Source:
    """The source of a stream's records, by number.

    Attributes:
        count: Returns the number of records.
        row_id: Returns a record's ID.
        make: Returns a record.
        key: The record's ID field.
        group: Returns the part of the stream that a record is in.
        is_ordered: Whether the records are ordered by number.
    """

    count: Callable[[Agency], int]
    row_id: Callable[[Agency, int], str]
    make: Callable[[Agency, int, Times], Record]
    key: str = "id"
    group: Callable[[Agency, int], str] = _no_group
    is_ordered: bool = False


_SOURCES = {
    "clients": _Source(count=lambda agency: agency.client_count, row_id=_make_id("client"), make=make_client_record),
    "candidates": _Source(count=lambda agency: agency.candidate_count, row_id=Agency.candidate_id, make=make_candidate),
    "vacancies": _Source(count=lambda agency: agency.vacancy_count, row_id=_make_id("vacancy"), make=make_vacancy),
    "applications": _Source(
        count=lambda agency: agency.application_count, row_id=Agency.application_id, make=make_application
    ),
    "placements": _Source(count=lambda agency: agency.placement_count, row_id=Agency.placement_id, make=make_placement),
    "notes": _Source(count=lambda agency: agency.scaled(0.5), row_id=_make_id("note"), make=make_note),
    "tasks": _Source(count=lambda agency: agency.scaled(0.4), row_id=_make_id("task"), make=make_task),
    "meetings": _Source(count=lambda agency: agency.meeting_count, row_id=_make_id("meeting"), make=make_meeting),
    "lists": _Source(count=lambda agency: min(agency.scaled(0.3), 200), row_id=_make_id("list"), make=make_list),
    "attachments": _Source(
        count=lambda agency: agency.scaled(0.6), row_id=_make_id("attachment"), make=make_attachment
    ),
    "users": _Source(
        count=lambda agency: len(agency.users),
        row_id=_make_id("user"),
        make=make_user_record,
        key="userId",
        is_ordered=True,
    ),
    "pipeline_stages": _Source(
        count=lambda agency: sum(map(len, agency.stages.values())),
        row_id=lambda agency, number: str(agency.stage(number)["id"]),
        make=make_stage,
        group=stage_pipeline,
        is_ordered=True,
    ),
    "candidate_attribute_definitions": _Source(
        count=lambda _: CANDIDATE_DEFINITIONS,
        row_id=lambda _, number: definition_id("candidate", number),
        make=make_candidate_definition,
    ),
    "attribute_definitions": _Source(
        count=lambda _: len(COLUMNS), row_id=column_id, make=make_column, group=column_group, is_ordered=True
    ),
}


def make_rows(agency: Agency, stream: str) -> list[Row]:
    """Return the rows of a stream, which generate their records on first access."""
    source = _SOURCES[stream]
    count = source.count(agency)
    rows = [_lazy_row(agency, stream, source, number, count) for number in range(count)]
    variants = range(VARIANT_COUNT) if agency.dirty and rows else ()
    return [*rows, *(_dirty_row(agency, stream, rows[variant % count], variant) for variant in variants)]


def _lazy_row(agency: Agency, stream: str, source: _Source, number: int, count: int) -> Row:
    times = make_times(Rng(agency.seed, stream, "times", number), bulk=in_bulk_import(number, count))
    return LazyRow(
        source.row_id(agency, number),
        HISTORY_START + number if source.is_ordered else times.watermark,
        partial(_record, agency, stream, number, times),
        number=number,
        group=source.group(agency, number),
    )


def _record(agency: Agency, stream: str, number: int, times: Times) -> Record:
    """Return a record with one null and sometimes an undocumented field."""
    record = {**with_rotating_null(_SOURCES[stream].make(agency, number, times), number)}
    if Rng(agency.seed, stream, "unknown", number).chance(UNKNOWN_FIELD_PROBABILITY):
        record["shinyNewField"] = {"since": "2026", "tags": ["new", None]}
    return record


def _dirty_row(agency: Agency, stream: str, clean: Row, variant: int) -> Row:
    """Return a dirty copy of a row with its own ID."""
    row_id = make_id(agency.seed, "dirty", stream, variant)

    def make() -> Record:
        record = make_dirty(clean.record, MUTATIONS[stream].text_path, variant)
        return {**record, _SOURCES[stream].key: row_id}

    return LazyRow(row_id, clean.watermark, make, number=clean.number, group=clean.group)
