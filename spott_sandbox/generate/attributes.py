"""The custom attributes of candidates, clients, vacancies and opportunities."""

from spott_sandbox.generate import words
from spott_sandbox.generate.rng import Dice, make_id
from spott_sandbox.generate.shapes import CUSTOM_LABELS, UNKNOWN_SENT, Record, custom_values

# The last one bears the name of an earlier one, as nothing keeps users from doing.
_LABELS = (*CUSTOM_LABELS, "Commute", "Skills")
KINDS = (*(kind for kind, _ in custom_values(Dice("kinds"))), "customCommute", "customText")
"""The view types of an entity's attributes, in the order of their definitions."""


def definition_id(entity: str, order: int) -> str:
    """Return the id of one of an entity's definitions."""
    # Contacts had theirs before other entities had any.
    return make_id("definition", order) if entity == "clientContact" else make_id("definition", entity, order)


def label(order: int) -> str:
    """Return what a definition is called; after the first few come some that no record uses."""
    return _LABELS[order] if order < len(_LABELS) else f"Question {order}"


def kind(order: int) -> str:
    """Return the view type of a definition."""
    return KINDS[order] if order < len(KINDS) else "customText"


def entity_attributes(dice: Dice, entity: str, *, enums: bool) -> list[Record]:
    """Return an entity's attributes: every known kind, two undocumented ones, and sometimes one label twice."""
    chosen = [order for order in range(len(_LABELS)) if dice.chance(0.4)]
    return [_attribute(dice, entity, order, enums=enums) for order in chosen]


def attribute_value(dice: Dice, order: int, *, enums: bool) -> Record:
    """Return a value of the kind of a definition."""
    payload = (*(payload for _, payload in custom_values(dice)), _commute(dice), _text(dice))[order]
    return {"viewType": KINDS[order], **payload} if enums else payload


def _attribute(dice: Dice, entity: str, order: int, *, enums: bool) -> Record:
    attribute: Record = {
        "attributeDefinitionId": definition_id(entity, order),
        "label": _LABELS[order],
        "aiFillOngoing": dice.chance(0.05),
        "aiOverridden": dice.chance(0.1),
        "isFilledByAI": dice.chance(0.3),
        "value": attribute_value(dice, order, enums=enums),
    }
    if dice.chance(UNKNOWN_SENT):
        attribute["confidence"] = dice.between(0, 100) / 100
    return attribute


def _commute(dice: Dice) -> Record:
    return {"minutes": dice.between(5, 120), "by": dice.pick(("train", "🚲")), "legs": [{"km": 12.5}]}


def _text(dice: Dice) -> Record:
    return {"text": dice.pick(words.SENTENCES)}
