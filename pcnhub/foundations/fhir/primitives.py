"""FHIR STU3 primitives: their Python types, and what a value on the wire must look like (stu3/datatypes.html, table 2.24.0.1).

Dates and times stay text, because their precision and offset are part of what was said; `dates` turns them into instants.
An empty `string` is let through: GP Connect answers a blank cancellation reason by a code of its own.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

_DAY = r"-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?"
_OFFSET = r"(Z|[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00)"
# What XML 1.0 can carry: no control characters, no half of a surrogate pair
_BLACK = "[\x21-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_ANY = "[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
_LARGEST = 2_147_483_647
_LONGEST_NUMBER = 40  # an arbitrarily long number costs time to read


class ATTRIBUTE:
    """Marks what XML writes as an attribute of its element: `Element.id` and `Extension.url`."""


@dataclass(frozen=True, slots=True)
class Primitive:
    """How one primitive type is checked. `words` says in a problem's message what is expected."""

    name: str
    words: str
    is_valid: Callable[[Any], bool]
    from_text: Callable[[str], Any] = str

    def read_text(self, text: str) -> Any:
        """The value of an XML attribute; text that can't be one stays text, and is refused as such."""
        try:
            return self.from_text(text)
        except (ValueError, decimal.InvalidOperation):
            return text


def _text(name: str, words: str, pattern: str) -> Primitive:
    compiled = re.compile(pattern, re.DOTALL | re.ASCII)
    return Primitive(name, words, lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None)


def _dated(name: str, words: str, pattern: str) -> Primitive:
    """As text, and the day must be in the calendar."""
    compiled = re.compile(pattern, re.ASCII)

    def is_valid(value: Any) -> bool:
        if not isinstance(value, str) or compiled.fullmatch(value) is None:
            return False
        try:
            date.fromisoformat(value[:10] if len(value) >= len("2026-01-31") else "2000-01-01")
        except ValueError:
            return False
        return value[:4] != "0000"

    return Primitive(name, words, is_valid)


def _whole(name: str, words: str, smallest: int) -> Primitive:
    def from_text(text: str) -> int:
        if not re.fullmatch(r"-?(0|[1-9]\d{0,9})", text, re.ASCII):
            raise ValueError(text)
        return int(text)

    return Primitive(name, words, lambda value: type(value) is int and smallest <= value <= _LARGEST, from_text)


def _is_decimal(value: Any) -> bool:
    return (isinstance(value, decimal.Decimal) and value.is_finite()) or type(value) is int


def _boolean_from(text: str) -> Any:
    return {"true": True, "false": False}.get(text, text)


def _decimal_from(text: str) -> decimal.Decimal:
    if len(text) > _LONGEST_NUMBER or not re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d{1,3})?", text, re.ASCII):
        raise ValueError(text)
    return decimal.Decimal(text)


# Words with single spaces inside and none at the ends
_CODE = _text("code", "a code without spaces at its ends", f"{_BLACK}+( {_BLACK}+)*")
_ID = _text("id", "an id of 1 to 64 letters, digits, - or .", r"[A-Za-z0-9\-.]{1,64}")
_STRING = _text("string", "text without control characters", f"{_ANY}*")
_MARKDOWN = _text("markdown", "text without control characters", f"{_ANY}*")
_URI = _text("uri", "an address without spaces", f"{_BLACK}+")
_OID = _text("oid", "urn:oid: and numbers", r"urn:oid:[0-2](\.\d+)+")
_BASE64 = _text("base64Binary", "base64", r"(\s*[A-Za-z0-9+/]){4}[\sA-Za-z0-9+/]*={0,2}\s*")
_DATE = _dated("date", "a date: YYYY, YYYY-MM or YYYY-MM-DD", rf"\d{{4}}(-(0[1-9]|1[0-2])|{_DAY})?")
_DATE_TIME = _dated(
    "dateTime",
    "a date, or a date and time with its offset (2026-03-29T09:00:00+01:00)",
    rf"\d{{4}}(-(0[1-9]|1[0-2])|{_DAY}(T{_CLOCK}{_OFFSET})?)?",
)
_INSTANT = _dated(
    "instant", "a date and time with its offset (2026-03-29T09:00:00+01:00)", rf"\d{{4}}{_DAY}T{_CLOCK}{_OFFSET}"
)

String = Annotated[str, _STRING]
Code = Annotated[str, _CODE]
Id = Annotated[str, _ID]
Markdown = Annotated[str, _MARKDOWN]
Uri = Annotated[str, _URI]
Oid = Annotated[str, _OID]
Base64 = Annotated[str, _BASE64]
Date = Annotated[str, _DATE]
DateTime = Annotated[str, _DATE_TIME]
Instant = Annotated[str, _INSTANT]
Time = Annotated[str, _text("time", "a time hh:mm:ss", _CLOCK)]
Boolean = Annotated[bool, Primitive("boolean", "true or false", lambda value: type(value) is bool, _boolean_from)]
Integer = Annotated[int, _whole("integer", "a whole number", -_LARGEST - 1)]
UnsignedInt = Annotated[int, _whole("unsignedInt", "a whole number, 0 or more", 0)]
PositiveInt = Annotated[int, _whole("positiveInt", "a whole number, 1 or more", 1)]
Decimal = Annotated[decimal.Decimal, Primitive("decimal", "a number", _is_decimal, _decimal_from)]
Xhtml = Annotated[str, _text("xhtml", "a div of XHTML", f"<div{_ANY}*>")]
