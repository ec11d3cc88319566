"""RecordConformer returns only values that the schema declares and warehouses accept."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker

from tap_spott.records.conform import MAX_FIELD_NAMES, RecordConformer
from tests.support.tap import KEYS

Json = Any
SCHEMAS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[3] / "tap_spott" / "streams" / "schemas").glob("*.json"))
}

STRING = {"type": ["string", "null"]}
TIMESTAMP = {"type": ["string", "null"], "format": "date-time"}
NUMBER = {"type": ["number", "null"]}
INTEGER = {"type": ["integer", "null"]}
BOOLEAN = {"type": ["boolean", "null"]}
OPEN_OBJECT = {"type": ["object", "null"]}
STRINGS = {"type": ["array", "null"], "items": {"type": "string"}}
TIMESTAMPS = {"type": ["array", "null"], "items": {"type": "string", "format": "date-time"}}
PERSON = {"type": ["object", "null"], "properties": {"name": STRING, "age": NUMBER}}
PEOPLE = {"type": ["array", "null"], "items": {"type": "object", "properties": {"name": STRING, "born": TIMESTAMP}}}


def conform(schema: dict[str, Any], record: dict[str, Json]) -> tuple[dict[str, Json], set[str], set[str]]:
    """Return the conformed record, the invalid fields and the unknown fields."""
    conformer = RecordConformer(schema)
    conformed = conformer(record)
    assert conformer(record) == conformed, "a record has the same result once its unknown fields are known"
    return conformed, conformer.invalid_fields, conformer.unknown_fields


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        pytest.param(STRING, "Zoë 👋\n\t", "Zoë 👋\n\t", id="string stays"),
        pytest.param(STRING, "", "", id="empty string stays"),
        pytest.param(STRING, " a ", " a ", id="spaces stay"),
        pytest.param(STRING, None, None, id="null as string"),
        pytest.param(STRING, 17, "17", id="number as string"),
        pytest.param(STRING, 1.5, "1.5", id="fraction as string"),
        pytest.param(STRING, True, "true", id="boolean as string"),
        pytest.param(STRING, {"a": [1, None]}, '{"a":[1,null]}', id="object as string"),
        pytest.param(STRING, ["a"], '["a"]', id="array as string"),
        pytest.param(TIMESTAMP, "2024-01-31T10:20:30Z", "2024-01-31T10:20:30Z", id="timestamp stays"),
        pytest.param(TIMESTAMP, "2024-01-31T10:20:30.120Z", "2024-01-31T10:20:30.120Z", id="milliseconds stay"),
        pytest.param(TIMESTAMP, "2024-01-31T10:20:30.123456Z", "2024-01-31T10:20:30.123456Z", id="microseconds stay"),
        pytest.param(TIMESTAMP, "2024-01-31T10:20:30.123456789Z", "2024-01-31T10:20:30.123456Z", id="nanoseconds"),
        pytest.param(TIMESTAMP, "2024-01-31T10:20Z", "2024-01-31T10:20:00Z", id="timestamp without seconds"),
        pytest.param(TIMESTAMP, "2024-01-31T10:20:30", "2024-01-31T10:20:30Z", id="naive timestamp is UTC"),
        pytest.param(TIMESTAMP, "2024-01-31", "2024-01-31T00:00:00Z", id="date only"),
        pytest.param(TIMESTAMP, "2024-01-31 10:20:30Z", "2024-01-31T10:20:30Z", id="space in a timestamp"),
        pytest.param(
            TIMESTAMP, "2024-01-31T23:20:30.5-05:30", "2024-02-01T04:50:30.500000Z", id="timestamp with an offset"
        ),
        pytest.param(TIMESTAMP, " 2024-01-31T10:20:30Z ", "2024-01-31T10:20:30Z", id="spaces around a timestamp"),
        pytest.param(TIMESTAMP, "2024-01-31T10:20:30z", "2024-01-31T10:20:30Z", id="lower case z"),
        pytest.param(TIMESTAMP, "2024-01-31T10:20:30,123Z", "2024-01-31T10:20:30.123000Z", id="comma in a timestamp"),
        pytest.param(TIMESTAMP, "2024-W05-3T10:20:30Z", "2024-01-31T10:20:30Z", id="week date"),
        pytest.param(TIMESTAMP, "2024-01-31T102030.123Z", "2024-01-31T10:20:30.123000Z", id="timestamp without colons"),
        pytest.param(
            TIMESTAMP, "  20240131T102030.000Z", "2024-01-31T10:20:30Z", id="spaces before a timestamp without dashes"
        ),
        pytest.param(TIMESTAMP, "", None, id="empty timestamp"),
        pytest.param(TIMESTAMP, None, None, id="null as timestamp"),
        pytest.param(NUMBER, 17, 17, id="integer"),
        pytest.param(NUMBER, -1.5, -1.5, id="fraction"),
        pytest.param(NUMBER, "17", 17, id="integer in a string"),
        pytest.param(NUMBER, "-1.5e3", -1500.0, id="fraction in a string"),
        pytest.param(NUMBER, " 17 ", 17, id="spaces around a number"),
        pytest.param(NUMBER, None, None, id="null as number"),
        pytest.param(INTEGER, "17", 17, id="integer type"),
        pytest.param(BOOLEAN, True, True, id="true"),
        pytest.param(BOOLEAN, False, False, id="false"),
        pytest.param(BOOLEAN, "true", True, id="true in a string"),
        pytest.param(BOOLEAN, "false", False, id="false in a string"),
        pytest.param(BOOLEAN, 1, True, id="1 as boolean"),
        pytest.param(BOOLEAN, 0, False, id="0 as boolean"),
        pytest.param(STRINGS, ["a", None, "b", 1], ["a", "b", "1"], id="null in an array"),
        pytest.param(STRINGS, [], [], id="empty array"),
        pytest.param(STRINGS, [None], [], id="only null in an array"),
        pytest.param(TIMESTAMPS, ["2024-01-31", "", None], ["2024-01-31T00:00:00Z"], id="empty timestamp in an array"),
        pytest.param(PERSON, {"name": "a", "age": "7"}, {"name": "a", "age": 7}, id="object"),
        pytest.param(PERSON, {"name": None}, {"name": None}, id="null and missing fields in an object"),
        pytest.param(PEOPLE, [{"name": "a"}, None, {}], [{"name": "a"}, {}], id="array of objects"),
        pytest.param(
            OPEN_OBJECT,
            {"a": {"b": ["c", None, 1.0, True]}},
            {"a": {"b": ["c", None, 1.0, True]}},
            id="open object",
        ),
        pytest.param(OPEN_OBJECT, {"at": "soon", "": []}, {"at": "soon", "": []}, id="open object stays"),
        pytest.param({}, {"x": [None]}, {"x": [None]}, id="no type"),
    ],
)
def test_valid_and_convertible_values_are_kept_without_a_warning(
    schema: dict[str, Any], value: Json, expected: Json
) -> None:
    conformed, invalid, unknown = conform({"type": "object", "properties": {"field": schema}}, {"field": value})
    assert conformed == {"field": expected}
    assert type(conformed["field"]) is type(expected)
    assert not invalid
    assert not unknown


def nested(levels: int) -> dict[str, Json]:
    """Return objects nested this many levels deep."""
    inner: dict[str, Json] = {}
    for _ in range(levels):
        inner = {"in": inner}
    return inner


@pytest.mark.parametrize(
    ("schema", "value", "expected", "name"),
    [
        pytest.param(TIMESTAMP, "soon", None, "field", id="word as timestamp"),
        pytest.param(TIMESTAMP, " ", None, "field", id="blank as timestamp"),
        pytest.param(TIMESTAMP, "Z", None, "field", id="short string as timestamp"),
        pytest.param(TIMESTAMP, "2024-02-30T00:00:00Z", None, "field", id="invalid day"),
        pytest.param(TIMESTAMP, "0001-01-01T00:00:00+01:00", None, "field", id="timestamp before year 1"),
        pytest.param(TIMESTAMP, 1706696430, None, "field", id="number as timestamp"),
        pytest.param(TIMESTAMP, True, None, "field", id="boolean as timestamp"),
        pytest.param(TIMESTAMP, ["2024-01-31"], None, "field", id="array as timestamp"),
        pytest.param(TIMESTAMP, {"at": "2024-01-31"}, None, "field", id="object as timestamp"),
        pytest.param(NUMBER, "many", None, "field", id="word as number"),
        pytest.param(NUMBER, "", None, "field", id="empty string as number"),
        pytest.param(NUMBER, "NaN", None, "field", id="not a number"),
        pytest.param(NUMBER, "1e999", None, "field", id="infinite number"),
        pytest.param(NUMBER, "true", None, "field", id="boolean in a string as number"),
        pytest.param(NUMBER, True, None, "field", id="boolean as number"),
        pytest.param(NUMBER, [1], None, "field", id="array as number"),
        pytest.param(NUMBER, {}, None, "field", id="object as number"),
        pytest.param(BOOLEAN, "yes", None, "field", id="word as boolean"),
        pytest.param(BOOLEAN, 2, None, "field", id="2 as boolean"),
        pytest.param(BOOLEAN, [], None, "field", id="array as boolean"),
        pytest.param(BOOLEAN, {}, None, "field", id="object as boolean"),
        pytest.param(STRINGS, "a", None, "field", id="string as array"),
        pytest.param(STRINGS, {"0": "a"}, None, "field", id="object as array"),
        pytest.param(PERSON, "a", None, "field", id="string as object"),
        pytest.param(PERSON, [], None, "field", id="array as object"),
        pytest.param(OPEN_OBJECT, "a", None, "field", id="string as an open object"),
        pytest.param(OPEN_OBJECT, 1, None, "field", id="number as an open object"),
        pytest.param(OPEN_OBJECT, [{}], None, "field", id="array as an open object"),
        pytest.param(OPEN_OBJECT, nested(5000), None, "field", id="a open object with 5000 levels"),
        pytest.param(PERSON, {"age": "old"}, {"age": None}, "field.age", id="in an object"),
        pytest.param(PEOPLE, [1, {"born": "x"}], [{"born": None}], "field[].born", id="in an array of objects"),
        pytest.param(PEOPLE, ["a", {"name": "b"}], [{"name": "b"}], "field[]", id="wrong type in an array"),
        pytest.param(TIMESTAMPS, ["soon"], [], "field[]", id="invalid timestamp in an array"),
    ],
)
def test_invalid_values_become_null_and_are_named(
    schema: dict[str, Any], value: Json, expected: Json, name: str
) -> None:
    conformed, invalid, unknown = conform({"type": "object", "properties": {"field": schema}}, {"field": value})
    assert conformed == {"field": expected}
    assert name in invalid
    assert not unknown


@pytest.mark.parametrize(
    ("record", "expected", "name"),
    [
        pytest.param({"new": 1, "name": "a"}, {"name": "a"}, "new", id="at the root"),
        pytest.param({"new": None}, {}, "new", id="null"),
        pytest.param({"boss": {"name": "a", "new": {}}}, {"boss": {"name": "a"}}, "boss.new", id="nested"),
        pytest.param(
            {"team": [{"new": 1}, {"name": "a"}]}, {"team": [{}, {"name": "a"}]}, "team[].new", id="in an array"
        ),
        pytest.param({"Name": "a"}, {}, "Name", id="other case"),
    ],
)
def test_unknown_fields_are_dropped_and_named(record: dict[str, Json], expected: Json, name: str) -> None:
    schema = {"type": "object", "properties": {"name": STRING, "boss": PERSON, "team": PEOPLE}}
    assert conform(schema, record) == (expected, set(), {name})


def test_field_names_are_collected_once_up_to_a_maximum() -> None:
    conformer = RecordConformer({"type": "object", "properties": {"age": NUMBER}})
    for number in range(10 * MAX_FIELD_NAMES):
        conformer({"age": "old", f"field {number}": 1})
    assert conformer.invalid_fields == {"age"}
    assert len(conformer.unknown_fields) == MAX_FIELD_NAMES


def test_values_are_not_collected() -> None:
    conformer = RecordConformer({"type": "object", "properties": {"age": NUMBER, "born": TIMESTAMP}})
    conformer({"age": "secret", "born": "secret", "new": "secret"})
    assert "secret" not in repr([conformer.invalid_fields, conformer.unknown_fields])


RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_utc_timestamp(value: object) -> bool:
    """Return whether both warehouses accept a value without conversion."""
    return not isinstance(value, str) or bool(RFC_3339.fullmatch(value) and datetime.fromisoformat(value))


VALIDATORS = {stream: Draft7Validator(schema, format_checker=FORMATS) for stream, schema in SCHEMAS.items()}

TIMESTAMP_LIKE = st.sampled_from(
    ["", "soon", "2024-01-31", "2024-01-31T10:20:30Z", "2024-01-31T10:20:30,5Z", "2024-W05-3T10:20:30Z"]
) | st.datetimes().map(datetime.isoformat)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
    | TIMESTAMP_LIKE
    | st.sampled_from(["true", "false", "17", "1e3", "null", "{}"])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=4), children, max_size=3),
    max_leaves=6,
)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Json]:
    """Return a strategy for values that mostly match a field's schema."""
    proper: st.SearchStrategy[Json]
    if "properties" in schema:
        proper = objects(schema)
    elif "items" in schema:
        proper = st.lists(values(schema["items"]), max_size=2)
    elif schema.get("format") == "date-time":
        proper = TIMESTAMP_LIKE
    else:
        proper = SCALARS
    return proper | proper | ANYTHING


def objects(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Json]]:
    """Return a strategy for objects with declared and unknown fields."""
    known = schema["properties"]
    fields = st.sampled_from(sorted(known)).flatmap(
        lambda name: st.tuples(st.just(name), st.deferred(lambda: values(known[name])))
    )
    return st.lists(fields | st.tuples(st.text(max_size=4), ANYTHING), max_size=8).map(dict)


@pytest.mark.parametrize("stream", SCHEMAS)
# Too slow: some schemas have a hundred fields to draw.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_record_conforms_to_the_schema(stream: str, data: st.DataObject) -> None:
    key = data.draw(SCALARS.filter(lambda value: value is not None))
    record = {**data.draw(objects(SCHEMAS[stream])), **dict.fromkeys(KEYS[stream], key)}
    conformed, *_ = conform(SCHEMAS[stream], record)
    VALIDATORS[stream].validate(conformed)
    again = RecordConformer(SCHEMAS[stream])
    assert again(conformed) == conformed, "conforming is idempotent"
    assert not again.invalid_fields
    assert not again.unknown_fields


def test_each_stream_has_a_valid_schema() -> None:
    assert SCHEMAS.keys() == KEYS.keys()
    for schema in SCHEMAS.values():
        Draft7Validator.check_schema(schema)
