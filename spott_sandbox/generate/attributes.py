"""Custom attributes of candidates, clients, vacancies and opportunities."""

from spott_sandbox.generate import words
from spott_sandbox.generate.rng import Rng, make_id
from spott_sandbox.generate.shapes import CUSTOM_LABELS, UNKNOWN_FIELD_PROBABILITY, Record, custom_values

# The last label is a duplicate, since Spott allows that.
_LABELS = (*CUSTOM_LABELS, "Commute", "Skills")
KINDS = (*(kind for kind, _ in custom_values(Rng("kinds"))), "customCommute", "customText")
"""View types of an entity's attributes, in the order of the definitions."""


def definition_id(entity: str, order: int) -> str:
    """Return the ID of an entity's attribute definition."""
    # Definitions of contacts are older than the others: their IDs do not depend on the entity.
    return make_id("definition", order) if entity == "clientContact" else make_id("definition", entity, order)


def label(order: int) -> str:
    """Return the label of a definition; no record uses those after the first few."""
    return _LABELS[order] if order < len(_LABELS) else f"Question {order}"


def kind(order: int) -> str:
    """Return the view type of a definition."""
    return KINDS[order] if order < len(KINDS) else "customText"


def entity_attributes(rng: Rng, entity: str, *, enums: bool) -> list[Record]:
    """Return an entity's attributes: known kinds, two undocumented ones, and sometimes a duplicate label."""
    chosen = [order for order in range(len(_LABELS)) if rng.chance(0.4)]
    return [_attribute(rng, entity, order, enums=enums) for order in chosen]


def attribute_value(rng: Rng, order: int, *, enums: bool) -> Record:
    """Return a value for a definition."""
    payload = (*(payload for _, payload in custom_values(rng)), _commute(rng), _text(rng))[order]
    return {"viewType": KINDS[order], **payload} if enums else payload


def _attribute(rng: Rng, entity: str, order: int, *, enums: bool) -> Record:
    attribute: Record = {
        "attributeDefinitionId": definition_id(entity, order),
        "label": _LABELS[order],
        "aiFillOngoing": rng.chance(0.05),
        "aiOverridden": rng.chance(0.1),
        "isFilledByAI": rng.chance(0.3),
        "value": attribute_value(rng, order, enums=enums),
    }
    if rng.chance(UNKNOWN_FIELD_PROBABILITY):
        attribute["confidence"] = rng.randint(0, 100) / 100
    return attribute


def _commute(rng: Rng) -> Record:
    return {"minutes": rng.randint(5, 120), "by": rng.choice(("train", "🚲")), "legs": [{"km": 12.5}]}


def _text(rng: Rng) -> Record:
    return {"text": rng.choice(words.SENTENCES)}
