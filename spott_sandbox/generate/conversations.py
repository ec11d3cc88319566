"""Notes, tasks and meetings, and their links."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import DAY, ENUM_PROBABILITY, Record, format_varied, random_date_time, user_reference
from spott_sandbox.timestamps import MICROS_PER_SECOND, format_timestamp

_HOUR = 3600 * MICROS_PER_SECOND


def make_note(agency: Agency, number: int, times: Times) -> Record:
    """Return a note, which may belong to a meeting, a call or a recording."""
    rng = Rng(agency.seed, "note record", number)
    enums = rng.chance(ENUM_PROBABILITY)
    note_id = make_id(agency.seed, "note", number)
    editor = {"editedBy": _user(agency, rng), "editedAt": format_varied(rng, times.modified)}
    record: Record = {
        "id": note_id,
        "title": rng.maybe(rng.choice(words.MEETINGS), 0.8),
        "content": rng.choice(words.SENTENCES),
        "type": "manual",
        "source": rng.maybe(rng.choice(words.NOTE_SOURCES), 0.7),
        "createdAt": format_varied(rng, times.created),
        "lastEditedAt": rng.maybe(editor["editedAt"], 0.8),
        "createdBy": _user(agency, rng),
        "editors": [editor] if rng.chance(0.5) else [],
        "links": _note_links(agency, rng, note_id, enums=enums),
        **_recordings(agency, rng, times.created, enums=enums),
        "pinned": rng.chance(0.1),
        "shouldPoll": rng.chance(0.05),
        "labels": _labels(rng),
    }
    if not enums:
        del record["type"], record["source"]
    return record


def make_task(agency: Agency, number: int, times: Times) -> Record:
    """Return a task; system tasks have no creator."""
    rng = Rng(agency.seed, "task record", number)
    is_done = rng.chance(0.5)
    record: Record = {
        "id": make_id(agency.seed, "task", number),
        "content": rng.choice(words.TASKS),
        "dueDate": rng.maybe(random_date_time(rng), 0.8),
        "isCompleted": is_done,
        "completedAt": format_varied(rng, times.modified) if is_done else None,
        "createdAt": format_varied(rng, times.created),
        "createdBy": rng.maybe(_user(agency, rng), 0.8),
        "assignedTo": rng.maybe(_user(agency, rng), 0.8),
        "source": rng.choice(("MANUAL", "AI_SUGGESTION", "OUTREACH_SEQUENCE_STEP", "AUTOMATION")),
        "metadata": _metadata(rng, number),
        "labels": _labels(rng),
        "links": _task_links(agency, rng),
    }
    if not rng.chance(ENUM_PROBABILITY):
        del record["source"], record["metadata"]["type"]
    return record


def make_meeting(agency: Agency, number: int, times: Times) -> Record:
    """Return a meeting of users with contacts."""
    rng = Rng(agency.seed, "meeting record", number)
    users = [rng.choice(agency.directory.users) for _ in range(rng.randint(0, 2))]
    contacts = [rng.choice(agency.contacts) for _ in range(rng.randint(0, 2))]
    participants = [{"name": user["name"], "email": user["email"]} for user in users]
    participants += [{"name": contact.record["lastName"], "email": _email(contact.emails)} for contact in contacts]
    return {
        "id": make_id(agency.seed, "meeting", number),
        "title": rng.maybe(rng.choice(words.MEETINGS), 0.9),
        "startTime": format_varied(rng, times.created),
        "endTime": rng.maybe(format_timestamp(times.created + _HOUR, "milliseconds"), 0.95),
        "onlineJoinUrl": rng.maybe(f"https://meet.example.com/{number}", 0.6),
        "participants": participants,
        "transcripts": [{"id": make_id("transcript", number)}] if rng.chance(0.4) else [],
    }


def _email(addresses: list[Record]) -> str | None:
    return addresses[0]["email"] if addresses else None


def _user(agency: Agency, rng: Rng) -> Record:
    return user_reference(rng.choice(agency.directory.users))


def _labels(rng: Rng) -> list[Record]:
    return [
        {"id": make_id("label", name), "name": name, "colorHex": color}
        for name, color in words.STAGE_LABELS
        if rng.chance(0.2)
    ]


def _linked(agency: Agency, rng: Rng, kind: str) -> Record:
    """Return a random record of a kind as a note refers to it."""
    if kind == "candidate":
        person = agency.person(rng.randint(0, agency.candidate_count - 1))
        return {key: person[key] for key in ("id", "firstName", "lastName", "avatarUrl")}
    if kind == "vacancy":
        return agency.vacancy_reference(rng.randint(0, agency.vacancy_count - 1))
    if kind == "client":
        client = rng.choice(agency.directory.clients)
        return {"id": client.id, "name": client.company["name"]}
    if kind == "application":
        return {"id": agency.application_id(rng.randint(0, agency.application_count - 1))}
    if kind == "clientContact":
        record = rng.choice(agency.contacts).record
        return {key: record[key] for key in ("id", "firstName", "lastName")}
    opportunity = rng.choice(agency.opportunities).record
    return {"id": opportunity["id"], "name": (opportunity["name"] or {}).get("name")}


_LINKED = ("candidate", "vacancy", "client", "application", "clientContact", "opportunity")


def _note_links(agency: Agency, rng: Rng, note_id: str, *, enums: bool) -> list[Record]:
    kinds = [rng.choice(_LINKED) for _ in range(rng.randint(0, 3))]
    return [
        {
            "id": make_id("note link", note_id, order),
            "noteId": note_id,
            **({"entityType": kind} if enums else {}),
            kind: _linked(agency, rng, kind),
        }
        for order, kind in enumerate(kinds)
    ]


def _task_links(agency: Agency, rng: Rng) -> Record:
    lists = {
        "candidates": "candidate",
        "vacancies": "vacancy",
        "clients": "client",
        "clientContacts": "clientContact",
        "opportunities": "opportunity",
    }
    links = {
        name: [{"id": _linked(agency, rng, kind)["id"]}] if rng.chance(0.3) else [] for name, kind in lists.items()
    }
    return {
        **links,
        "users": [{"id": rng.choice(agency.directory.users)["id"]}] if rng.chance(0.2) else [],
        "teams": [],
    }


def _metadata(rng: Rng, number: int) -> Record:
    is_outreach = rng.chance(0.2)
    return {
        "type": "OUTREACH_SEQUENCE_STEP" if is_outreach else "GENERIC_TASK",
        "outreachSequenceId": make_id("sequence", number) if is_outreach else None,
        "outreachSequenceName": rng.choice(words.LIST_NAMES) if is_outreach else None,
        "outreachSequenceRunId": make_id("sequence run", number) if is_outreach else None,
    }


def _recordings(agency: Agency, rng: Rng, start: int, *, enums: bool) -> Record:
    """Return a note's meeting, call or recording: one of them, or none."""
    times: Record = {
        "startTime": format_timestamp(start, "milliseconds"),
        "endTime": format_timestamp(start + DAY // 48, "milliseconds"),
    }
    times["hasTranscript"] = rng.chance(0.5)
    kind = rng.choice(("meeting", "call", "audioRecording", None, None))
    meeting = rng.randint(0, agency.meeting_count - 1)
    found: Record = {"meeting": None, "call": None, "audioRecording": None}
    if kind == "meeting":
        meeting_id = make_id(agency.seed, "meeting", meeting)
        provider = {"meetingProvider": "googleMeet"} if enums else {}
        found[kind] = {"id": meeting_id, "title": rng.choice(words.MEETINGS), **times, **provider}
    elif kind == "call":
        found[kind] = {"id": make_id("call", start), **times, **({"provider": "TELNYX"} if enums else {})}
    elif kind:
        found[kind] = {"id": make_id("recording", start), **times}
    return found
