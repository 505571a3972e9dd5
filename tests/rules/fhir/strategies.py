"""Any resource of the vocabulary, made from the element table itself."""

from __future__ import annotations

import decimal
from typing import Any

from hypothesis import strategies as st

from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.datatypes import Wire
from pcnhub.foundations.fhir.elements import ElementRow, elements_of

_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co"), include_characters="\n\t<>&\"'é"),
    min_size=1,
    max_size=12,
).filter(lambda text: text.strip() == text)
_PLAIN = st.text("abcXYZ019-.", min_size=1, max_size=10)
_DAY = st.dates().map(lambda day: day.isoformat())
_CLOCK = st.times().map(lambda clock: clock.replace(microsecond=0).isoformat())
_OFFSET = st.sampled_from(["Z", "+00:00", "+01:00", "-05:30"])
_INSTANT = st.builds(lambda day, clock, offset: f"{day}T{clock}{offset}", _DAY, _CLOCK, _OFFSET)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "string": _TEXT,
    "markdown": _TEXT,
    "code": _PLAIN,
    "id": _PLAIN,
    "uri": _PLAIN.map(lambda text: f"https://fhir.nhs.uk/{text}?a=1&b=<2>"),
    "oid": st.just("urn:oid:2.16.840"),
    "base64Binary": st.sampled_from(["aGVsbG8=", "AAAA"]),
    "date": st.one_of(_DAY, st.sampled_from(["1980", "1980-04"])),
    "dateTime": st.one_of(_DAY, _INSTANT, st.just("2026-10")),
    "instant": _INSTANT,
    "time": _CLOCK,
    "boolean": st.booleans(),
    "integer": st.integers(-(2**31), 2**31 - 1),
    "unsignedInt": st.integers(0, 2**31 - 1),
    "positiveInt": st.integers(1, 2**31 - 1),
    "decimal": st.decimals(-1000, 1000, places=3).map(decimal.Decimal),
    "xhtml": st.just('<div xmlns="http://www.w3.org/1999/xhtml"><p>A &amp; B</p></div>'),
}


@st.composite
def filled(draw: st.DrawFn, struct: type[Wire], depth: int = 0) -> Any:
    """A struct with what it requires and some of what it may hold; nothing optional below the third storey."""
    values: dict[str, Any] = {}
    chosen: set[str] = set()
    rows = list(elements_of(struct).values())
    needed = {next(row for row in rows if row.choice == choice) for choice in struct.required_choices}
    optional = [row for row in rows if not row.required]
    wanted = needed | (draw(st.sets(st.sampled_from(optional), max_size=4 if depth < 2 else 1)) if optional else set())
    if not wanted and not any(row.required for row in rows):
        wanted = {next(row for row in rows if row.primitive is not None and not row.is_xhtml)}
    for row in sorted(rows, key=lambda row: row not in needed):
        if not (row.required or row in needed or (row in wanted and (depth < 3 or row.primitive is not None))):
            continue
        if row.choice in chosen and row.choice:
            continue
        chosen.add(row.choice)
        values[row.attribute] = draw(value(row, depth))
    if not values:
        row = next(row for row in rows if row.primitive is not None and not row.is_xhtml)
        values[row.attribute] = draw(value(row, depth))
    return struct(**values)


def value(row: ElementRow, depth: int) -> st.SearchStrategy[Any]:
    one: st.SearchStrategy[Any]
    if row.codes:
        one = st.sampled_from(sorted(row.codes))
    elif row.primitive is not None:
        one = VALUES[row.primitive.name]
    elif row.holds_resource:
        one = filled(r.Slot if depth < 2 else r.Parameters, depth + 1)
    else:
        assert row.struct is not None
        one = filled(row.struct, depth + 1)
    return st.lists(one, min_size=1, max_size=2).map(tuple) if row.repeats else one


resources: st.SearchStrategy[r.Resource] = st.sampled_from(
    sorted(r.RESOURCES.values(), key=lambda each: each.__name__)
).flatmap(filled)
