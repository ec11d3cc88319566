"""Notes, tasks and meetings, and what they are about."""

from spott_sandbox.generate import words
from spott_sandbox.generate.agency import Agency
from spott_sandbox.generate.contacts import Times
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import DAY, ENUMS_SENT, Record, draw_time, spell_as_sent, user_reference
from spott_sandbox.timestamps import MICROS, spell

_HOUR = 3600 * MICROS


def draw_note(agency: Agency, number: int, times: Times) -> Record:
    """Return a note; those of a meeting or a call say so."""
    dice = Dice(agency.seed, "note record", number)
    enums = dice.chance(ENUMS_SENT)
    note_id = make_id(agency.seed, "note", number)
    editor = {"editedBy": _user(agency, dice), "editedAt": spell_as_sent(dice, times.modified)}
    record: Record = {
        "id": note_id,
        "title": dice.maybe(dice.pick(words.MEETINGS), 0.8),
        "content": dice.pick(words.SENTENCES),
        "type": "manual",
        "source": dice.maybe(dice.pick(words.NOTE_SOURCES), 0.7),
        "createdAt": spell_as_sent(dice, times.created),
        "lastEditedAt": dice.maybe(editor["editedAt"], 0.8),
        "createdBy": _user(agency, dice),
        "editors": [editor] if dice.chance(0.5) else [],
        "links": _note_links(agency, dice, note_id, enums=enums),
        **_recordings(agency, dice, times.created, enums=enums),
        "pinned": dice.chance(0.1),
        "shouldPoll": dice.chance(0.05),
        "labels": _labels(dice),
    }
    if not enums:
        del record["type"], record["source"]
    return record


def draw_task(agency: Agency, number: int, times: Times) -> Record:
    """Return a task; the system's own have no creator."""
    dice = Dice(agency.seed, "task record", number)
    is_done = dice.chance(0.5)
    record: Record = {
        "id": make_id(agency.seed, "task", number),
        "content": dice.pick(words.TASKS),
        "dueDate": dice.maybe(draw_time(dice), 0.8),
        "isCompleted": is_done,
        "completedAt": spell_as_sent(dice, times.modified) if is_done else None,
        "createdAt": spell_as_sent(dice, times.created),
        "createdBy": dice.maybe(_user(agency, dice), 0.8),
        "assignedTo": dice.maybe(_user(agency, dice), 0.8),
        "source": dice.pick(("MANUAL", "AI_SUGGESTION", "OUTREACH_SEQUENCE_STEP", "AUTOMATION")),
        "metadata": _metadata(dice, number),
        "labels": _labels(dice),
        "links": _task_links(agency, dice),
    }
    if not dice.chance(ENUMS_SENT):
        del record["source"], record["metadata"]["type"]
    return record


def draw_meeting(agency: Agency, number: int, times: Times) -> Record:
    """Return a meeting of users with contacts."""
    dice = Dice(agency.seed, "meeting record", number)
    users = [dice.pick(agency.directory.users) for _ in range(dice.between(0, 2))]
    contacts = [dice.pick(agency.contacts) for _ in range(dice.between(0, 2))]
    participants = [{"name": user["name"], "email": user["email"]} for user in users]
    participants += [{"name": contact.record["lastName"], "email": _email(contact.emails)} for contact in contacts]
    return {
        "id": make_id(agency.seed, "meeting", number),
        "title": dice.maybe(dice.pick(words.MEETINGS), 0.9),
        "startTime": spell_as_sent(dice, times.created),
        "endTime": dice.maybe(spell(times.created + _HOUR, "milliseconds"), 0.95),
        "onlineJoinUrl": dice.maybe(f"https://meet.example.com/{number}", 0.6),
        "participants": participants,
        "transcripts": [{"id": make_id("transcript", number)}] if dice.chance(0.4) else [],
    }


def _email(addresses: list[Record]) -> str | None:
    return addresses[0]["email"] if addresses else None


def _user(agency: Agency, dice: Dice) -> Record:
    return user_reference(dice.pick(agency.directory.users))


def _labels(dice: Dice) -> list[Record]:
    return [
        {"id": make_id("label", name), "name": name, "colorHex": color}
        for name, color in words.STAGE_LABELS
        if dice.chance(0.2)
    ]


def _linked(agency: Agency, dice: Dice, kind: str) -> Record:
    """Return some record of a kind as a note names it."""
    if kind == "candidate":
        person = agency.person(dice.between(0, agency.candidate_count - 1))
        return {key: person[key] for key in ("id", "firstName", "lastName", "avatarUrl")}
    if kind == "vacancy":
        return agency.vacancy_reference(dice.between(0, agency.vacancy_count - 1))
    if kind == "client":
        client = dice.pick(agency.directory.clients)
        return {"id": client.id, "name": client.company["name"]}
    if kind == "application":
        return {"id": agency.application_id(dice.between(0, agency.application_count - 1))}
    if kind == "clientContact":
        record = dice.pick(agency.contacts).record
        return {key: record[key] for key in ("id", "firstName", "lastName")}
    opportunity = dice.pick(agency.opportunities).record
    return {"id": opportunity["id"], "name": (opportunity["name"] or {}).get("name")}


_LINKED = ("candidate", "vacancy", "client", "application", "clientContact", "opportunity")


def _note_links(agency: Agency, dice: Dice, note_id: str, *, enums: bool) -> list[Record]:
    kinds = [dice.pick(_LINKED) for _ in range(dice.between(0, 3))]
    return [
        {
            "id": make_id("note link", note_id, order),
            "noteId": note_id,
            **({"entityType": kind} if enums else {}),
            kind: _linked(agency, dice, kind),
        }
        for order, kind in enumerate(kinds)
    ]


def _task_links(agency: Agency, dice: Dice) -> Record:
    lists = {
        "candidates": "candidate",
        "vacancies": "vacancy",
        "clients": "client",
        "clientContacts": "clientContact",
        "opportunities": "opportunity",
    }
    links = {
        name: [{"id": _linked(agency, dice, kind)["id"]}] if dice.chance(0.3) else [] for name, kind in lists.items()
    }
    return {
        **links,
        "users": [{"id": dice.pick(agency.directory.users)["id"]}] if dice.chance(0.2) else [],
        "teams": [],
    }


def _metadata(dice: Dice, number: int) -> Record:
    is_outreach = dice.chance(0.2)
    return {
        "type": "OUTREACH_SEQUENCE_STEP" if is_outreach else "GENERIC_TASK",
        "outreachSequenceId": make_id("sequence", number) if is_outreach else None,
        "outreachSequenceName": dice.pick(words.LIST_NAMES) if is_outreach else None,
        "outreachSequenceRunId": make_id("sequence run", number) if is_outreach else None,
    }


def _recordings(agency: Agency, dice: Dice, start: int, *, enums: bool) -> Record:
    """Return the meeting, call or recording that a note is of: one of them, or none."""
    times: Record = {"startTime": spell(start, "milliseconds"), "endTime": spell(start + DAY // 48, "milliseconds")}
    times["hasTranscript"] = dice.chance(0.5)
    kind = dice.pick(("meeting", "call", "audioRecording", None, None))
    meeting = dice.between(0, agency.meeting_count - 1)
    found: Record = {"meeting": None, "call": None, "audioRecording": None}
    if kind == "meeting":
        meeting_id = make_id(agency.seed, "meeting", meeting)
        provider = {"meetingProvider": "googleMeet"} if enums else {}
        found[kind] = {"id": meeting_id, "title": dice.pick(words.MEETINGS), **times, **provider}
    elif kind == "call":
        found[kind] = {"id": make_id("call", start), **times, **({"provider": "TELNYX"} if enums else {})}
    elif kind:
        found[kind] = {"id": make_id("recording", start), **times}
    return found
