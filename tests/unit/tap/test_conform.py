"""Whatever Spott sends, what leaves the tap is what the schema declares and what warehouses take."""

import copy
import json
import re
from collections.abc import Iterator
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

TEXT = {"type": ["string", "null"]}
TIME = {"type": ["string", "null"], "format": "date-time"}
NUMBER = {"type": ["number", "null"]}
INTEGER = {"type": ["integer", "null"]}
TRUTH = {"type": ["boolean", "null"]}
FREE = {"type": ["object", "null"]}
TEXTS = {"type": ["array", "null"], "items": {"type": "string"}}
TIMES = {"type": ["array", "null"], "items": {"type": "string", "format": "date-time"}}
PERSON = {"type": ["object", "null"], "properties": {"name": TEXT, "age": NUMBER}}
PEOPLE = {"type": ["array", "null"], "items": {"type": "object", "properties": {"name": TEXT, "born": TIME}}}


def fit(schema: dict[str, Any], record: dict[str, Json]) -> tuple[dict[str, Json], set[str], set[str]]:
    """Return the fitted record, and the names of what was unfit and of what was unknown."""
    fitting = RecordConformer(schema)
    return fitting(record), fitting.invalid_fields, fitting.unknown_fields


@pytest.mark.parametrize(
    ("schema", "value", "expected"),
    [
        pytest.param(TEXT, "Zoë 👋\n\t", "Zoë 👋\n\t", id="text stays"),
        pytest.param(TEXT, "", "", id="empty text stays"),
        pytest.param(TEXT, " a ", " a ", id="spaces stay"),
        pytest.param(TEXT, "a\0b\0", "ab", id="NUL in text"),
        pytest.param(TEXT, "\0", "", id="nothing but NUL"),
        pytest.param(TEXT, None, None, id="null as text"),
        pytest.param(TEXT, 17, "17", id="number as text"),
        pytest.param(TEXT, 1.5, "1.5", id="fraction as text"),
        pytest.param(TEXT, True, "true", id="truth as text"),
        pytest.param(TEXT, {"a": [1, None]}, '{"a":[1,null]}', id="object as text"),
        pytest.param(TEXT, ["a"], '["a"]', id="array as text"),
        pytest.param(TIME, "2024-01-31T10:20:30Z", "2024-01-31T10:20:30Z", id="time stays"),
        pytest.param(TIME, "2024-01-31T10:20:30.120Z", "2024-01-31T10:20:30.120Z", id="milliseconds stay"),
        pytest.param(TIME, "2024-01-31T10:20:30.123456Z", "2024-01-31T10:20:30.123456Z", id="microseconds stay"),
        pytest.param(TIME, "2024-01-31T10:20:30.123456789Z", "2024-01-31T10:20:30.123456Z", id="nanoseconds"),
        pytest.param(TIME, "2024-01-31T10:20Z", "2024-01-31T10:20:00Z", id="time without seconds"),
        pytest.param(TIME, "2024-01-31T10:20:30", "2024-01-31T10:20:30Z", id="naive time is UTC"),
        pytest.param(TIME, "2024-01-31", "2024-01-31T00:00:00Z", id="date only"),
        pytest.param(TIME, "2024-01-31 10:20:30Z", "2024-01-31T10:20:30Z", id="space in a time"),
        pytest.param(TIME, "2024-01-31T23:20:30.5-05:30", "2024-02-01T04:50:30.500000Z", id="time with an offset"),
        pytest.param(TIME, " 2024-01-31T10:20:30Z ", "2024-01-31T10:20:30Z", id="spaces around a time"),
        pytest.param(TIME, "2024-01-31T10:20:30z", "2024-01-31T10:20:30Z", id="lower case z"),
        pytest.param(TIME, "2024-01-31T10:20:30,123Z", "2024-01-31T10:20:30.123000Z", id="comma in a time"),
        pytest.param(TIME, "2024-W05-3T10:20:30Z", "2024-01-31T10:20:30Z", id="week date"),
        pytest.param(TIME, "2024-01-31T102030.123Z", "2024-01-31T10:20:30.123000Z", id="time without colons"),
        pytest.param(TIME, "  20240131T102030.000Z", "2024-01-31T10:20:30Z", id="spaces before a time without dashes"),
        pytest.param(TIME, "", None, id="empty time"),
        pytest.param(TIME, None, None, id="null as time"),
        pytest.param(NUMBER, 17, 17, id="integer"),
        pytest.param(NUMBER, -1.5, -1.5, id="fraction"),
        pytest.param(NUMBER, "17", 17, id="integer in quotes"),
        pytest.param(NUMBER, "-1.5e3", -1500.0, id="fraction in quotes"),
        pytest.param(NUMBER, " 17 ", 17, id="spaces around a number"),
        pytest.param(NUMBER, None, None, id="null as number"),
        pytest.param(INTEGER, "17", 17, id="whole number in quotes"),
        pytest.param(TRUTH, True, True, id="true"),
        pytest.param(TRUTH, False, False, id="false"),
        pytest.param(TRUTH, "true", True, id="true in quotes"),
        pytest.param(TRUTH, "false", False, id="false in quotes"),
        pytest.param(TRUTH, 1, True, id="1 as truth"),
        pytest.param(TRUTH, 0, False, id="0 as truth"),
        pytest.param(TEXTS, ["a", None, "b\0", 1], ["a", "b", "1"], id="null and NUL in an array"),
        pytest.param(TEXTS, [], [], id="empty array"),
        pytest.param(TEXTS, [None], [], id="nothing but null in an array"),
        pytest.param(TIMES, ["2024-01-31", "", None], ["2024-01-31T00:00:00Z"], id="empty time in an array"),
        pytest.param(PERSON, {"name": "a\0", "age": "7"}, {"name": "a", "age": 7}, id="object"),
        pytest.param(PERSON, {"name": None}, {"name": None}, id="null and nothing in an object"),
        pytest.param(PEOPLE, [{"name": "a"}, None, {}], [{"name": "a"}, {}], id="array of objects"),
        pytest.param(
            FREE, {"a\0": {"b": ["c\0", None, 1.0, True]}}, {"a": {"b": ["c", None, 1.0, True]}}, id="free form"
        ),
        pytest.param(FREE, {"at": "soon", "": []}, {"at": "soon", "": []}, id="free form stays"),
        pytest.param({}, {"x": [None]}, {"x": [None]}, id="no type"),
    ],
)
def test_what_fits_or_can_be_made_to_fit_is_kept_without_a_word(
    schema: dict[str, Any], value: Json, expected: Json
) -> None:
    fitted, unfit, unknown = fit({"type": "object", "properties": {"field": schema}}, {"field": value})
    assert fitted == {"field": expected}
    assert type(fitted["field"]) is type(expected)
    assert not unfit
    assert not unknown


def nested(times: int) -> dict[str, Json]:
    """Return an object in an object, and so on."""
    inner: dict[str, Json] = {}
    for _ in range(times):
        inner = {"in": inner}
    return inner


@pytest.mark.parametrize(
    ("schema", "value", "expected", "name"),
    [
        pytest.param(TIME, "soon", None, "field", id="word as time"),
        pytest.param(TIME, " ", None, "field", id="blank as time"),
        pytest.param(TIME, "Z", None, "field", id="short text as time"),
        pytest.param(TIME, "2024-02-30T00:00:00Z", None, "field", id="no such day"),
        pytest.param(TIME, "0001-01-01T00:00:00+01:00", None, "field", id="time before year 1"),
        pytest.param(TIME, 1706696430, None, "field", id="number as time"),
        pytest.param(TIME, True, None, "field", id="truth as time"),
        pytest.param(TIME, ["2024-01-31"], None, "field", id="array as time"),
        pytest.param(TIME, {"at": "2024-01-31"}, None, "field", id="object as time"),
        pytest.param(NUMBER, "many", None, "field", id="word as number"),
        pytest.param(NUMBER, "", None, "field", id="empty text as number"),
        pytest.param(NUMBER, "NaN", None, "field", id="not a number"),
        pytest.param(NUMBER, "1e999", None, "field", id="infinite number"),
        pytest.param(NUMBER, "true", None, "field", id="truth in quotes as number"),
        pytest.param(NUMBER, True, None, "field", id="truth as number"),
        pytest.param(NUMBER, [1], None, "field", id="array as number"),
        pytest.param(NUMBER, {}, None, "field", id="object as number"),
        pytest.param(TRUTH, "yes", None, "field", id="word as truth"),
        pytest.param(TRUTH, 2, None, "field", id="2 as truth"),
        pytest.param(TRUTH, [], None, "field", id="array as truth"),
        pytest.param(TRUTH, {}, None, "field", id="object as truth"),
        pytest.param(TEXTS, "a", None, "field", id="text as array"),
        pytest.param(TEXTS, {"0": "a"}, None, "field", id="object as array"),
        pytest.param(PERSON, "a", None, "field", id="text as object"),
        pytest.param(PERSON, [], None, "field", id="array as object"),
        pytest.param(FREE, "a", None, "field", id="text as a free-form object"),
        pytest.param(FREE, 1, None, "field", id="number as a free-form object"),
        pytest.param(FREE, [{}], None, "field", id="array as a free-form object"),
        pytest.param(FREE, nested(5000), None, "field", id="a free-form object that has no end"),
        pytest.param(PERSON, {"age": "old"}, {"age": None}, "field.age", id="in an object"),
        pytest.param(PEOPLE, [1, {"born": "x"}], [{"born": None}], "field[].born", id="in an array of objects"),
        pytest.param(PEOPLE, ["a", {"name": "b"}], [{"name": "b"}], "field[]", id="wrong shape in an array"),
        pytest.param(TIMES, ["soon"], [], "field[]", id="wrong time in an array"),
    ],
)
def test_what_does_not_fit_becomes_null_and_is_named(
    schema: dict[str, Any], value: Json, expected: Json, name: str
) -> None:
    fitted, unfit, unknown = fit({"type": "object", "properties": {"field": schema}}, {"field": value})
    assert fitted == {"field": expected}
    assert name in unfit
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
        pytest.param({"Name": "a"}, {}, "Name", id="another case"),
    ],
)
def test_unknown_fields_are_dropped_and_named(record: dict[str, Json], expected: Json, name: str) -> None:
    schema = {"type": "object", "properties": {"name": TEXT, "boss": PERSON, "team": PEOPLE}}
    assert fit(schema, record) == (expected, set(), {name})


def test_names_are_remembered_once_over_all_records_and_never_without_end() -> None:
    fitting = RecordConformer({"type": "object", "properties": {"age": NUMBER}})
    for number in range(10 * MAX_FIELD_NAMES):
        fitting({"age": "old", f"field {number}": 1})
    assert fitting.invalid_fields == {"age"}
    assert len(fitting.unknown_fields) == MAX_FIELD_NAMES


def test_no_value_is_remembered() -> None:
    fitting = RecordConformer({"type": "object", "properties": {"age": NUMBER, "born": TIME}})
    fitting({"age": "secret", "born": "secret", "new": "secret"})
    assert "secret" not in repr([fitting.invalid_fields, fitting.unknown_fields])


@pytest.mark.parametrize(
    "time",
    [
        pytest.param("2024-01-31T10:20:30\0Z", id="before the Z"),
        pytest.param("2024-01-31T10:20:30.1\0Z", id="in the fraction"),
        pytest.param("2024-01-31\x0010:20:30Z", id="for the T"),
    ],
)
def test_no_nul_passes_in_a_time(time: str) -> None:
    fitted = RecordConformer({"type": "object", "properties": {"field": TIME}})({"field": time})
    assert "\0" not in (fitted["field"] or "")


RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
FORMATS = FormatChecker(formats=())


@FORMATS.checks("date-time", raises=ValueError)
def is_time_in_utc(value: object) -> bool:
    """Tell whether both warehouses take it as it is."""
    return not isinstance(value, str) or bool(RFC_3339.fullmatch(value) and datetime.fromisoformat(value))


VALIDATORS = {stream: Draft7Validator(schema, format_checker=FORMATS) for stream, schema in SCHEMAS.items()}

TIMES_OR_SO = st.sampled_from(
    ["", "soon", "2024-01-31", "2024-01-31T10:20:30Z", "2024-01-31T10:20:30,5Z", "2024-W05-3T10:20:30Z", "\0"]
) | st.datetimes().map(datetime.isoformat)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]) | st.just("\0"), max_size=8)
    | TIMES_OR_SO
    | st.sampled_from(["true", "false", "17", "1e3", "null", "{}"])
)
ANYTHING = st.recursive(
    SCALARS,
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=4), children, max_size=3),
    max_leaves=6,
)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Json]:
    """Return values of a field that are mostly as declared, and sometimes anything."""
    proper: st.SearchStrategy[Json]
    if "properties" in schema:
        proper = objects(schema)
    elif "items" in schema:
        proper = st.lists(values(schema["items"]), max_size=2)
    elif schema.get("format") == "date-time":
        proper = TIMES_OR_SO
    else:
        proper = SCALARS
    return proper | proper | ANYTHING


def objects(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Json]]:
    """Return objects that have some of the declared fields, and a few more."""
    known = schema["properties"]
    fields = st.sampled_from(sorted(known)).flatmap(
        lambda name: st.tuples(st.just(name), st.deferred(lambda: values(known[name])))
    )
    return st.lists(fields | st.tuples(st.text(max_size=4), ANYTHING), max_size=8).map(dict)


def texts(value: Json) -> Iterator[str]:
    """Yield all texts and names in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


@pytest.mark.parametrize("stream", SCHEMAS)
# Too slow: some schemas have a hundred fields to draw.
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_comes_the_result_is_what_the_schema_declares(stream: str, data: st.DataObject) -> None:
    key = data.draw(SCALARS.filter(lambda value: value is not None))
    record = {**data.draw(objects(SCHEMAS[stream])), **dict.fromkeys(KEYS[stream], key)}
    before = copy.deepcopy(record)
    fitted = RecordConformer(SCHEMAS[stream])(record)
    VALIDATORS[stream].validate(fitted)
    assert not any("\0" in text for text in texts(fitted))
    assert record == before, "the record given stays as it is"
    again = RecordConformer(SCHEMAS[stream])
    assert again(fitted) == fitted, "what fits stays"
    assert not again.invalid_fields
    assert not again.unknown_fields


def test_each_stream_has_its_schema() -> None:
    assert SCHEMAS.keys() == KEYS.keys()
    for schema in SCHEMAS.values():
        Draft7Validator.check_schema(schema)
