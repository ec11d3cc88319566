"""What a change of a record does to it, for each list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Change:
    """How a change shows.

    Attributes:
        field: Where the text is that a change alters when it is not told what: keys from the outside in.
        stamp: The field that has the time of the last change, if there is one.
        has_watermark: Whether the sync watermark moves; some lists have none.
    """

    field: tuple[str, ...]
    stamp: str | None = None
    has_watermark: bool = True


CHANGES = {
    "client_contacts": Change(("role",), "modifiedAt"),
    "opportunities": Change(("description", "description")),
    "clients": Change(("description", "description"), "modifiedAt"),
    "candidates": Change(("name", "avatarUrl")),
    "vacancies": Change(("description", "description")),
    "applications": Change(("candidate", "avatarUrl")),
    "placements": Change(("templateId",)),
    "notes": Change(("content",), "lastEditedAt"),
    "tasks": Change(("content",), has_watermark=False),
    "meetings": Change(("title",)),
    "lists": Change(("name",), has_watermark=False),
    "attachments": Change(("attachmentName",), has_watermark=False),
    "users": Change(("name",), has_watermark=False),
    "pipeline_stages": Change(("name",), has_watermark=False),
    "candidate_attribute_definitions": Change(("label",), "modifiedAt", has_watermark=False),
    "attribute_definitions": Change(("description",), has_watermark=False),
}
"""By the name of the stream, which is also the name of its table."""
