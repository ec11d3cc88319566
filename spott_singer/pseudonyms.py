"""Pseudonyms: keyed tokens in place of names, email addresses and phone numbers."""

import hmac
import unicodedata

PREFIX = "spott_pseudonym_"
"""The start of every pseudonym, by which target-spott recognizes one."""

KINDS = ("name", "email", "phone")


def pseudonym(key: bytes, kind: str, value: str) -> str:
    """Return the pseudonym of a name, email address or phone number; an empty text if the value has no characters.

    Values that differ only in case, whitespace or Unicode form have the same pseudonym, and so do phone numbers with
    the same digits. The token is an HMAC-SHA256 of kind and value, cut to 128 bits.
    """
    text = normalize(kind, value)
    if not text:
        return ""
    digest = hmac.digest(key, f"{kind}:{text}".encode("utf-8", "surrogatepass"), "sha256")
    return f"{PREFIX}{kind}_{digest[:16].hex()}"


def normalize(kind: str, value: str) -> str:
    """Return the form of a value that its pseudonym is computed from."""
    text = value
    for _ in range(2):  # the second round, since folding the case can undo the composition
        text = unicodedata.normalize("NFKC", text).casefold()
    # Only now is the whitespace complete: the compatibility form of a lone accent begins with a space.
    words = unicodedata.normalize("NFKC", text).split()
    text = unicodedata.normalize("NFKC", ("" if kind == "email" else " ").join(words))
    return _significant_digits(text) or text if kind == "phone" else text


def _significant_digits(text: str) -> str:
    """Return the digits of a phone number without leading zeros: `00` before a country code is also written as `+`."""
    digits = "".join(str(unicodedata.decimal(character)) for character in text if character.isdecimal())
    return digits.lstrip("0") or digits
