"""Attributes lose the wrapper in which Spott sends them, and nothing else; custom ones are found by their label."""

from typing import Any

import pytest

from tap_spott.records.attributes import unwrap, values_by_label


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"viewType": "opportunityName", "name": "X"}, "X", id="wrapper"),
        pytest.param({"name": "X"}, "X", id="without a view type"),
        pytest.param({"viewType": "opportunityName", "name": None}, None, id="null in it"),
        pytest.param({"viewType": "opportunityName", "name": {"name": "X"}}, {"name": "X"}, id="once, not twice"),
        pytest.param({"viewType": "opportunityName"}, None, id="nothing in it"),
        pytest.param({"viewType": "x", "id": 1, "label": "L"}, {"id": 1, "label": "L"}, id="another value in it"),
        pytest.param({"id": 1}, {"id": 1}, id="no wrapper"),
        pytest.param({}, {}, id="empty object"),
        pytest.param("X", "X", id="text"),
        pytest.param(["name"], ["name"], id="list"),
        pytest.param(None, None, id="null"),
    ],
)
def test_attributes_lose_their_wrapper(value: Any, expected: Any) -> None:  # noqa: ANN401 - any JSON
    record = {"id": "1", "name": value}
    unwrap(record, {})
    assert record == {"id": "1", "name": expected}


def test_a_wrapper_that_holds_more_than_the_value_is_kept_but_for_its_view_type() -> None:
    record = {
        "name": {"viewType": "clientName", "name": "X", "avatarUrl": None},
        "stage": {"stage": 1, "viewType": "s"},
    }
    unwrap(record, {"name": ["name", "avatarUrl"], "stage": ["id"]})
    assert record == {"name": {"name": "X", "avatarUrl": None}, "stage": 1}


def test_a_column_that_declares_a_view_type_has_no_wrapper() -> None:
    record = {"value": {"viewType": "customText", "value": "X"}}
    unwrap(record, {"value": ["viewType", "value"]})
    assert record == {"value": {"viewType": "customText", "value": "X"}}


def attribute(label: object, value: object, definition: object = "d1") -> dict[str, Any]:
    return {"attributeDefinitionId": definition, "label": label, "value": value}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"viewType": "customText", "text": "two weeks"}, "two weeks", id="text"),
        pytest.param({"viewType": "customNumber", "number": 0}, 0, id="number"),
        pytest.param({"viewType": "customBoolean", "boolean": False}, False, id="truth"),
        pytest.param({"viewType": "customText", "text": None}, None, id="null in it"),
        pytest.param({"viewType": "customSelect", "options": ["a", "b"]}, ["a", "b"], id="choices"),
        pytest.param({"text": "two weeks"}, "two weeks", id="without a view type"),
        pytest.param({"viewType": "x", "a": 1, "b": 2}, {"viewType": "x", "a": 1, "b": 2}, id="two values"),
        pytest.param({"viewType": "x", "a": {"b": 1}}, {"viewType": "x", "a": {"b": 1}}, id="an object"),
        pytest.param({"viewType": "x", "a": [{"b": 1}]}, {"viewType": "x", "a": [{"b": 1}]}, id="objects in a list"),
        pytest.param({"viewType": "x"}, {"viewType": "x"}, id="nothing but a view type"),
        pytest.param("two weeks", "two weeks", id="plain"),
        pytest.param(None, None, id="null"),
    ],
)
def test_the_plain_value_of_a_custom_attribute(value: object, expected: object) -> None:
    assert values_by_label([attribute("Notice period", value)]) == {"Notice period": expected}


def test_attributes_of_one_label_all_survive() -> None:
    same = [attribute("Level", number, definition) for number, definition in enumerate(["d1", "d2", "d2", None])]
    assert values_by_label(same) == {"Level": 0, "Level (d2)": 1, "Level (d2) 2": 2, "Level (None)": 3}


@pytest.mark.parametrize("label", [None, ""])
def test_an_attribute_without_label_goes_by_its_definition(label: str | None) -> None:
    assert values_by_label([attribute(label, 1)]) == {"d1": 1}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [(None, None), ("text", None), ({}, None), ([], {}), ([None, "x", attribute("a", 1)], {"a": 1})],
)
def test_what_is_no_list_of_attributes(attributes: object, expected: object) -> None:
    assert values_by_label(attributes) == expected
