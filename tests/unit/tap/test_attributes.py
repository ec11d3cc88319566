"""Attributes are unwrapped, and custom attributes are keyed by their label."""

from typing import Any

import pytest

from tap_spott.records.attributes import unwrap, values_by_label


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"viewType": "opportunityName", "name": "X"}, "X", id="wrapper"),
        pytest.param({"name": "X"}, "X", id="no view type"),
        pytest.param({"viewType": "opportunityName", "name": None}, None, id="null value"),
        pytest.param({"viewType": "opportunityName", "name": {"name": "X"}}, {"name": "X"}, id="nested wrapper"),
        pytest.param({"viewType": "opportunityName"}, None, id="no value"),
        pytest.param({"viewType": "x", "id": 1, "label": "L"}, {"id": 1, "label": "L"}, id="other fields"),
        pytest.param({"id": 1}, {"id": 1}, id="no wrapper"),
        pytest.param({}, {}, id="empty object"),
        pytest.param("X", "X", id="string"),
        pytest.param(["name"], ["name"], id="array"),
        pytest.param(None, None, id="null"),
    ],
)
def test_wrapper_is_replaced_by_its_value(value: Any, expected: Any) -> None:  # noqa: ANN401 - any JSON
    record = {"id": "1", "name": value}
    unwrap(record, {})
    assert record == {"id": "1", "name": expected}


def test_wrapper_with_declared_fields_loses_only_its_view_type() -> None:
    record = {
        "name": {"viewType": "clientName", "name": "X", "avatarUrl": None},
        "stage": {"stage": 1, "viewType": "s"},
    }
    unwrap(record, {"name": ["name", "avatarUrl"], "stage": ["id"]})
    assert record == {"name": {"name": "X", "avatarUrl": None}, "stage": 1}


def test_declared_view_type_is_kept() -> None:
    record = {"value": {"viewType": "customText", "value": "X"}}
    unwrap(record, {"value": ["viewType", "value"]})
    assert record == {"value": {"viewType": "customText", "value": "X"}}


def attribute(label: object, value: object, definition: object = "d1") -> dict[str, Any]:
    return {"attributeDefinitionId": definition, "label": label, "value": value}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"viewType": "customText", "text": "two weeks"}, "two weeks", id="string"),
        pytest.param({"viewType": "customNumber", "number": 0}, 0, id="number"),
        pytest.param({"viewType": "customBoolean", "boolean": False}, False, id="boolean"),
        pytest.param({"viewType": "customText", "text": None}, None, id="null value"),
        pytest.param({"viewType": "customSelect", "options": ["a", "b"]}, ["a", "b"], id="options"),
        pytest.param({"text": "two weeks"}, "two weeks", id="no view type"),
        pytest.param({"viewType": "x", "a": 1, "b": 2}, {"viewType": "x", "a": 1, "b": 2}, id="two values"),
        pytest.param({"viewType": "x", "a": {"b": 1}}, {"viewType": "x", "a": {"b": 1}}, id="object"),
        pytest.param({"viewType": "x", "a": [{"b": 1}]}, {"viewType": "x", "a": [{"b": 1}]}, id="array of objects"),
        pytest.param({"viewType": "x"}, {"viewType": "x"}, id="only a view type"),
        pytest.param("two weeks", "two weeks", id="plain"),
        pytest.param(None, None, id="null"),
    ],
)
def test_custom_attribute_has_a_plain_value(value: object, expected: object) -> None:
    assert values_by_label([attribute("Notice period", value)]) == {"Notice period": expected}


def test_attributes_with_equal_labels_get_distinct_keys() -> None:
    same = [attribute("Level", number, definition) for number, definition in enumerate(["d1", "d2", "d2", None])]
    assert values_by_label(same) == {"Level": 0, "Level (d2)": 1, "Level (d2) 2": 2, "Level (None)": 3}


@pytest.mark.parametrize("label", [None, ""])
def test_attribute_without_label_is_keyed_by_its_definition(label: str | None) -> None:
    assert values_by_label([attribute(label, 1)]) == {"d1": 1}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [(None, None), ("text", None), ({}, None), ([], {}), ([None, "x", attribute("a", 1)], {"a": 1})],
)
def test_invalid_attributes_are_null_or_skipped(attributes: object, expected: object) -> None:
    assert values_by_label(attributes) == expected
