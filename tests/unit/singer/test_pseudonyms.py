"""Equal names, email addresses and phone numbers have equal pseudonyms, however they are written."""

import hmac
import re
from typing import Literal
from unicodedata import normalize as unicode_form

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spott_singer.pseudonyms import KINDS, normalize, pseudonym

KEY = b"k" * 32
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
DOTLESS_I = "\N{LATIN SMALL LETTER DOTLESS I}"
"""Its capital is the ASCII letter I, so it has no case of its own."""
FORMS: list[Literal["NFC", "NFD", "NFKC", "NFKD"]] = ["NFC", "NFD", "NFKC", "NFKD"]


@given(TEXT, st.sampled_from(KINDS))
def test_normalizing_again_changes_nothing(text: str, kind: str) -> None:
    once = normalize(kind, text)
    assert normalize(kind, once) == once


@given(TEXT.filter(lambda text: DOTLESS_I not in text), st.sampled_from(["name", "email"]), st.sampled_from(FORMS))
def test_case_and_unicode_form_do_not_matter(text: str, kind: str, form: Literal["NFC", "NFD", "NFKC", "NFKD"]) -> None:
    expected = pseudonym(KEY, kind, text)
    for written in (text.upper(), text.lower(), text.swapcase(), unicode_form(form, text)):
        assert pseudonym(KEY, kind, written) == expected


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), min_size=1, max_size=4), st.data())
def test_whitespace_does_not_matter(words: list[str], data: st.DataObject) -> None:
    space = st.text(" \t\n\r\u00a0\u2003", min_size=1, max_size=3)
    written = data.draw(space) + "".join(word + data.draw(space) for word in words)
    assert pseudonym(KEY, "name", written) == pseudonym(KEY, "name", " ".join(words))
    assert pseudonym(KEY, "email", written) == pseudonym(KEY, "email", "".join(words))


@given(st.text("123456789", min_size=1), st.text("0123456789"), st.data())
def test_only_digits_of_a_phone_number_matter(first: str, others: str, data: st.DataObject) -> None:
    written = "".join(digit + data.draw(st.sampled_from(["", " ", "-", "/", ") ", "."])) for digit in first + others)
    for prefix in ("", "+", "00", "(00", "+ "):
        assert pseudonym(KEY, "phone", prefix + written) == pseudonym(KEY, "phone", first + others)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("email", "Ann.Lee@Example.com", " ann.lee@example.COM\n"),
        ("email", "straße@example.com", "STRASSE@example.com"),
        ("name", "Ame\u0301lie", "AMÉLIE"),
        ("name", "\U0001d4dc\U0001d4ea\U0001d501", "Max"),
        ("name", "van  der\tBerg", "Van der Berg"),
        ("phone", "+44 20 7946 0001", "0044-20-7946.0001"),
        ("phone", "٠٤٧٥", "0475"),
        ("phone", "Unknown", "unknown "),
    ],
)
def test_values_that_mean_the_same_have_one_pseudonym(kind: str, one: str, other: str) -> None:
    assert pseudonym(KEY, kind, one) == pseudonym(KEY, kind, other)


@given(st.sets(TEXT.map(lambda text: normalize("name", text)).filter(bool), min_size=2))
def test_different_values_have_different_pseudonyms(values: set[str]) -> None:
    assert len({pseudonym(KEY, "name", value) for value in values}) == len(values)


def test_pseudonym_depends_on_key_and_kind() -> None:
    value = "ann@example.com"
    tokens = {pseudonym(key, kind, value) for key in (KEY, b"l" * 32) for kind in KINDS}
    assert len(tokens) == 2 * len(KINDS)
    assert all(re.fullmatch(r"spott_pseudonym_(name|email|phone)_[0-9a-f]{32}", token) for token in tokens)
    assert hmac.new(KEY, b"email:ann@example.com", "sha256").hexdigest()[:32] in pseudonym(KEY, "email", value)


@pytest.mark.parametrize("kind", KINDS)
def test_blank_text_has_no_pseudonym(kind: str) -> None:
    assert pseudonym(KEY, kind, " \n\u00a0") == ""


def test_half_of_a_surrogate_pair_has_a_pseudonym() -> None:
    assert pseudonym(KEY, "name", "Sam \ud83d").startswith("spott_pseudonym_name_")
