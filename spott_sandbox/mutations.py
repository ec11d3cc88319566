"""How a mutation changes a record of each list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """The effect of a mutation on a record.

    Attributes:
        text_path: Keys from the outside in of the text that a mutation changes if it names no fields.
        modified_field: The field with the time of the last change, if there is one.
        has_watermark: Whether the mutation moves the sync watermark; some lists have none.
    """

    text_path: tuple[str, ...]
    modified_field: str | None = None
    has_watermark: bool = True


MUTATIONS = {
    "client_contacts": Mutation(("role",), "modifiedAt"),
    "opportunities": Mutation(("description", "description")),
    "clients": Mutation(("description", "description"), "modifiedAt"),
    "candidates": Mutation(("name", "avatarUrl")),
    "vacancies": Mutation(("description", "description")),
    "applications": Mutation(("candidate", "avatarUrl")),
    "placements": Mutation(("templateId",)),
    "notes": Mutation(("content",), "lastEditedAt"),
    "tasks": Mutation(("content",), has_watermark=False),
    "meetings": Mutation(("title",)),
    "lists": Mutation(("name",), has_watermark=False),
    "attachments": Mutation(("attachmentName",), has_watermark=False),
    "users": Mutation(("name",), has_watermark=False),
    "pipeline_stages": Mutation(("name",), has_watermark=False),
    "candidate_attribute_definitions": Mutation(("label",), "modifiedAt", has_watermark=False),
    "attribute_definitions": Mutation(("description",), has_watermark=False),
}
"""By stream, which is also the name of the table."""
