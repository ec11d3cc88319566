"""How the records of each list are made, save those of contacts and opportunities."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.applications import draw_application
from spott_sandbox.generate.attributes import definition_id
from spott_sandbox.generate.candidates import draw_candidate
from spott_sandbox.generate.clients import draw_client_record
from spott_sandbox.generate.contacts import Times, draw_times, in_bulk_import
from spott_sandbox.generate.conversations import draw_meeting, draw_note, draw_task
from spott_sandbox.generate.dirty_data import WAYS, soiled
from spott_sandbox.generate.office import (
    CANDIDATE_DEFINITIONS,
    COLUMNS,
    column_group,
    column_id,
    draw_attachment,
    draw_candidate_definition,
    draw_column,
    draw_list,
    draw_stage,
    draw_user_record,
    stage_pipeline,
)
from spott_sandbox.generate.placements import draw_placement
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import HISTORY_START, UNKNOWN_SENT, Record, null_somewhere
from spott_sandbox.generate.vacancies import draw_vacancy
from spott_sandbox.mutations import CHANGES
from spott_sandbox.rows import LateRow, Row


def _no_group(_: Agency, __: int) -> str:
    return ""


def _named(kind: str) -> Callable[[Agency, int], str]:
    return lambda agency, number: make_id(agency.seed, kind, number)


@dataclass(frozen=True, kw_only=True)
class _Source:
    """The records of one stream, by number.

    Attributes:
        count: How many there are.
        row_id: A record's id, under whatever name the record has it.
        draw: A record.
        key: What the record calls its id.
        group: The part of the stream that a record is in.
        is_ordered: Whether the records keep the order of their numbers.
    """

    count: Callable[[Agency], int]
    row_id: Callable[[Agency, int], str]
    draw: Callable[[Agency, int, Times], Record]
    key: str = "id"
    group: Callable[[Agency, int], str] = _no_group
    is_ordered: bool = False


_SOURCES = {
    "clients": _Source(count=lambda agency: agency.client_count, row_id=_named("client"), draw=draw_client_record),
    "candidates": _Source(count=lambda agency: agency.candidate_count, row_id=Agency.candidate_id, draw=draw_candidate),
    "vacancies": _Source(count=lambda agency: agency.vacancy_count, row_id=_named("vacancy"), draw=draw_vacancy),
    "applications": _Source(
        count=lambda agency: agency.application_count, row_id=Agency.application_id, draw=draw_application
    ),
    "placements": _Source(count=lambda agency: agency.placement_count, row_id=Agency.placement_id, draw=draw_placement),
    "notes": _Source(count=lambda agency: agency.share(0.5), row_id=_named("note"), draw=draw_note),
    "tasks": _Source(count=lambda agency: agency.share(0.4), row_id=_named("task"), draw=draw_task),
    "meetings": _Source(count=lambda agency: agency.meeting_count, row_id=_named("meeting"), draw=draw_meeting),
    "lists": _Source(count=lambda agency: min(agency.share(0.3), 200), row_id=_named("list"), draw=draw_list),
    "attachments": _Source(count=lambda agency: agency.share(0.6), row_id=_named("attachment"), draw=draw_attachment),
    "users": _Source(
        count=lambda agency: len(agency.users),
        row_id=_named("user"),
        draw=draw_user_record,
        key="userId",
        is_ordered=True,
    ),
    "pipeline_stages": _Source(
        count=lambda agency: sum(map(len, agency.stages.values())),
        row_id=lambda agency, number: str(agency.stage(number)["id"]),
        draw=draw_stage,
        group=stage_pipeline,
        is_ordered=True,
    ),
    "candidate_attribute_definitions": _Source(
        count=lambda _: CANDIDATE_DEFINITIONS,
        row_id=lambda _, number: definition_id("candidate", number),
        draw=draw_candidate_definition,
    ),
    "attribute_definitions": _Source(
        count=lambda _: len(COLUMNS), row_id=column_id, draw=draw_column, group=column_group, is_ordered=True
    ),
}


def draw_rows(agency: Agency, stream: str) -> list[Row]:
    """Return the rows of a stream, whose records are drawn late."""
    source = _SOURCES[stream]
    count = source.count(agency)
    rows = [_late_row(agency, stream, source, number, count) for number in range(count)]
    ways = range(WAYS) if agency.dirty and rows else ()
    return [*rows, *(_dirty_row(agency, stream, rows[way % count], way) for way in ways)]


def _late_row(agency: Agency, stream: str, source: _Source, number: int, count: int) -> Row:
    times = draw_times(Dice(agency.seed, stream, "times", number), bulk=in_bulk_import(number, count))
    return LateRow(
        source.row_id(agency, number),
        HISTORY_START + number if source.is_ordered else times.watermark,
        partial(_record, agency, stream, number, times),
        number=number,
        group=source.group(agency, number),
    )


def _record(agency: Agency, stream: str, number: int, times: Times) -> Record:
    """Return a record, with a null that moves about and sometimes a field that no page documents."""
    record = _SOURCES[stream].draw(agency, number, times)
    dice = Dice(agency.seed, stream, "unknown", number)
    unknown = {"shinyNewField": {"since": "2026", "tags": ["new", None]}} if dice.chance(UNKNOWN_SENT) else {}
    return {**null_somewhere(record, number), **unknown}


def _dirty_row(agency: Agency, stream: str, clean: Row, way: int) -> Row:
    """Return a row like another one, but for its id and what is wrong with it."""
    row_id = make_id(agency.seed, "dirty", stream, way)

    def draw() -> Record:
        record = soiled(clean.record, CHANGES[stream].field, way)
        return {**record, _SOURCES[stream].key: row_id}

    return LateRow(row_id, clean.watermark, draw, number=clean.number, group=clean.group)
