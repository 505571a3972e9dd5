"""Formats, search parameters, dates, outcomes and fragments."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from pcnhub.foundations.fhir import codec, dates, fragments, media, outcomes
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.media import Media
from pcnhub.foundations.fhir.outcomes import Spine
from pcnhub.foundations.fhir.search import InvalidParameter, Precision, Token, parse_prefixed_date, parse_token

FHIR_JSON, FHIR_XML = "application/fhir+json", "application/fhir+xml"


@pytest.mark.parametrize(
    ("format_", "accept", "content_type", "expected"),
    [
        (None, None, None, Media.JSON),
        (None, None, FHIR_XML, Media.XML),
        (None, FHIR_JSON, FHIR_XML, Media.JSON),
        (FHIR_XML, FHIR_JSON, FHIR_JSON, Media.XML),
        ("application/fhir xml", FHIR_JSON, None, Media.XML),
        ("json", FHIR_XML, None, Media.JSON),
        ("xml", None, None, Media.XML),
        ("text/turtle", FHIR_JSON, None, None),
        ("", FHIR_XML, None, Media.XML),
        (None, "text/html", FHIR_JSON, None),
        (None, "text/html, */*;q=0.1", FHIR_XML, Media.XML),
        (None, "*/*", None, Media.JSON),
        (None, "*/*", "text/plain", Media.JSON),
        (None, f"{FHIR_JSON};q=0.5, {FHIR_XML}", None, Media.XML),
        (None, f"{FHIR_JSON};q=0, {FHIR_XML};q=0.1", None, Media.XML),
        (None, f"{FHIR_JSON};q=0", None, None),
        (None, f"{FHIR_JSON}; q=nonsense", None, None),
        (None, "application/json+fhir", None, Media.JSON),
        (None, "APPLICATION/FHIR+XML ; charset=utf-8", None, Media.XML),
        (None, None, "text/plain", None),
    ],
)
def test_negotiation(format_: str | None, accept: str | None, content_type: str | None, expected: Media | None) -> None:
    assert media.negotiate(format=format_, accept=accept, content_type=content_type) is expected


def test_a_response_names_its_character_set() -> None:
    assert Media.JSON.content_type == "application/fhir+json;charset=utf-8"


def test_tokens() -> None:
    assert parse_token("identifier", "https://fhir.nhs.uk/Id/nhs-number|9000000009") == Token(
        "https://fhir.nhs.uk/Id/nhs-number", "9000000009"
    )
    for text in ("", "9000000009", "|9", "a|", "|", " | "):
        with pytest.raises(InvalidParameter):
            parse_token("identifier", text)


def test_prefixed_dates() -> None:
    day = parse_prefixed_date("end", "le2026-03-29", prefixes={"le"})
    assert (day.prefix, day.value, day.precision, day.offset) == ("le", date(2026, 3, 29), Precision.DAY, None)
    assert day.end_instant.astimezone(UTC) - day.first_instant.astimezone(UTC) == timedelta(
        hours=23
    )  # the clocks go forward
    moment = parse_prefixed_date("start", "ge2026-03-29T09:00:00+01:00", prefixes={"ge"})
    assert moment.first_instant == datetime(2026, 3, 29, 8, tzinfo=UTC)
    assert moment.offset == timedelta(hours=1)
    assert parse_prefixed_date("start", "ge2026-03-29T09:00:00 01:00", prefixes={"ge"}) == moment


@pytest.mark.parametrize(
    "text",
    [
        "", "ge", "2026-03-29", "gt2026-03-29", "le2026-03-29", "geX", "ge2026", "ge2026-03", "ge2026-02-30", "ge2026-3-29",
        "ge2026-03-29T09:00", "ge2026-03-29T09:00:00", "ge2026-03-29T09:00:00Z", "ge2026-03-29T09:00:00.5+01:00",
        "ge2026-03-29T25:00:00+01:00", "ge0001-01-01T00:00:00+14:00", "ge2026-03-29T09:00:00+25:00", "GE2026-03-29",
        "ge٢٠٢٦-03-29",
    ],
)  # fmt: skip
def test_dates_that_the_protocol_does_not_take(text: str) -> None:
    with pytest.raises(InvalidParameter) as found:
        parse_prefixed_date("start", text, prefixes={"ge"})
    assert found.value.problems[0].field == "start"
    assert "YYYY-MM-DD" in found.value.problems[0].remedy


def test_a_day_where_only_days_are_allowed() -> None:
    with pytest.raises(InvalidParameter):
        parse_prefixed_date("start", "ge2026-03-29T09:00:00+01:00", prefixes={"ge"}, allow_time=False)


def test_times_are_written_as_london_has_them() -> None:
    assert dates.written(datetime(2026, 7, 1, 8, 0, 0, 999, tzinfo=UTC)) == "2026-07-01T09:00:00+01:00"
    assert dates.written(datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == "2026-10-25T01:30:00+01:00"
    assert dates.written(datetime(2026, 10, 25, 1, 30, tzinfo=UTC)) == "2026-10-25T01:30:00+00:00"
    assert dates.instant_of("2026-07-01T09:00:00.5+01:00") == datetime(2026, 7, 1, 8, 0, 0, 500_000, tzinfo=UTC)
    assert dates.day_of("2026-07-01T23:30:00Z") == date(2026, 7, 2)
    assert dates.day_of("2026-07") is None
    with pytest.raises(ValueError, match="offset"):
        dates.instant_of("2026-07-01")


@pytest.mark.parametrize("spine", Spine)
@pytest.mark.parametrize("format_", Media)
def test_every_error_of_the_table_is_an_outcome(spine: Spine, format_: Media) -> None:
    made = outcomes.outcome(spine, "why")
    read = codec.decode(codec.encode(made, format_), format_, r.OperationOutcome)
    issue = read.issue[0]
    assert len(read.issue) == 1
    assert issue.details is not None
    assert (issue.severity, issue.code, issue.diagnostics) == ("error", spine.issue, "why")
    assert [(each.code, each.display) for each in issue.details.coding] == [(spine.spine_code, spine.display)]


@pytest.mark.parametrize("format_", Media)
def test_fragments_put_together_are_the_bundle(format_: Media) -> None:
    slots = [r.Location(id=str(number), name="<&>") for number in range(3)]
    whole = fragments.searchset([fragments.fragment(each, format_) for each in slots], format_)
    expected = r.Bundle(
        meta=r.Meta(profile=(fragments.SEARCHSET_PROFILE,)),
        type="searchset",
        entry=tuple(r.BundleEntry(resource=each) for each in slots),
    )
    assert codec.decode(whole, format_, r.Bundle) == expected
    assert codec.decode(fragments.searchset([], format_), format_, r.Bundle) == fragments.EMPTY
    if format_ is Media.JSON:
        assert json.loads(whole) == json.loads(codec.encode(expected, format_))


@pytest.mark.parametrize("format_", Media)
def test_a_mould_filled_is_the_resource(format_: Media) -> None:
    """Also with what a pattern or a format would take for its own in a name that somebody typed."""

    def made(id_: str, version: str, start: str) -> r.Schedule:
        return r.Schedule(
            id=id_, meta=r.Meta(version_id=version), service_category=r.CodeableConcept(text='100 % <&> %d "GP"'),
            actor=(r.Reference(reference=f"Location/{version}"),), planning_horizon=r.Period(start=start),
        )  # fmt: skip

    hole = fragments.hole
    pattern = fragments.mould(
        r.Schedule(
            id=f"{hole(0)}-x", meta=r.Meta(version_id=hole(1)), service_category=r.CodeableConcept(text='100 % <&> %d "GP"'),
            actor=(r.Reference(reference=f"Location/{hole(2)}"),), planning_horizon=r.Period(start=hole(3)),
        ),
        format_,
        (b"%d", b"%d", b"%d", b"%b"),
    )  # fmt: skip
    assert pattern % (7, 3, 3, b"2026-11-24") == fragments.fragment(made("7-x", "3", "2026-11-24"), format_)


def test_a_mould_that_lacks_a_hole_is_refused() -> None:
    for formats in ((b"%d", b"%d"), (b"%d", b"%d", b"%d")):
        with pytest.raises(ValueError, match="holes"):
            fragments.mould(r.Location(id=fragments.hole(1), name=fragments.hole(0)), Media.JSON, formats)
