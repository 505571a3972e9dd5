"""The parameters of a search for free slots, row by row, before anything is looked up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pcnhub.entrances.api.gpconnect.answers import Refused, Spine
from pcnhub.entrances.api.gpconnect.periods import end_of_period
from pcnhub.entrances.api.gpconnect.slot_search import SlotSearch, slot_search

ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
TYPE = "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1"
RIGHT = {"status": ["free"], "start": ["ge2026-11-24"], "end": ["le2026-11-25"], "_include": ["Slot:schedule"]}
BST = timezone(timedelta(hours=1))


def read(**other: list[str] | None) -> SlotSearch:
    query = RIGHT | {name.replace("__", ":"): values for name, values in other.items()}
    return slot_search({name: values for name, values in query.items() if values is not None})


def refused(**other: list[str] | None) -> Spine:
    with pytest.raises(Refused) as refusal:
        read(**other)
    assert refusal.value.diagnostics
    return refusal.value.code


@pytest.mark.parametrize("name", ["status", "start", "end", "_include"])
def test_what_must_be_there_is_missed(name: str) -> None:
    assert refused(**{name: None}) is Spine.BAD_REQUEST


@pytest.mark.parametrize("name", ["status", "start", "end"])
def test_what_comes_once_may_not_come_twice(name: str) -> None:
    assert refused(**{name: RIGHT[name] * 2}) is Spine.BAD_REQUEST


def test_another_include_is_not_the_one_asked_for() -> None:
    assert refused(_include=["Slot:Schedule"]) is Spine.BAD_REQUEST
    assert refused(_include=["Schedule:actor:Location"]) is Spine.BAD_REQUEST


@pytest.mark.parametrize("status", ["busy", "", "Free", "free,busy", "busy-unavailable"])
def test_only_free_slots_can_be_searched(status: str) -> None:
    assert refused(status=[status]) is Spine.INVALID_PARAMETER


@pytest.mark.parametrize("prefix", ["", "lt", "gt", "eq", "ne", "sa", "eb", "ap", "GE", "LE", "le ", "ge="])
def test_another_prefix_is_refused(prefix: str) -> None:
    assert refused(start=[prefix + "2026-11-24"]) is Spine.INVALID_PARAMETER
    assert refused(end=[prefix + "2026-11-25"]) is Spine.INVALID_PARAMETER


def test_swapped_prefixes_are_refused() -> None:
    assert refused(start=["le2026-11-24"], end=["ge2026-11-25"]) is Spine.INVALID_PARAMETER


@pytest.mark.parametrize(
    "value",
    [
        "", "invalid", "2026", "2026-11", "26-11-24", "2026-11-24T", "2026-11-24T09", "2026-11-24T09:00", "2026-11-24T09:00:00",
        "2026-11-24T09:00:00Z", "2026-11-24T09:00:00.000+00:00", "2026-11-24T09:00+00:00", "2026-11-24 09:00:00+00:00",
        "2026-11-24T09:00:00+0000", "2026-11-24T09:00:00+02:00", "2026-11-24T09:00:00-00:00", "2026-11-24T25:00:00+00:00",
        "0001-01-01", "0001-01-01T00:00:00+01:00", "1899-12-31", "9000-01-01", "9999-12-31", "9999-12-31T23:59:59+00:00",
        "2026-02-30", "2026-13-01", "0000-01-01", "２０２６-11-24", "2026-11-24\n",
    ],
)  # fmt: skip
def test_other_forms_of_time_are_refused(value: str) -> None:
    assert refused(start=["ge" + value]) is Spine.INVALID_PARAMETER
    assert refused(end=["le" + value]) is Spine.INVALID_PARAMETER


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("ge2026-11-24", "le2026-11-25"),
        ("ge2026-11-24T09:00:00+00:00", "le2026-11-25"),
        ("ge2026-11-24", "le2026-11-25T09:00:00+00:00"),
        ("ge2026-11-24T09:00:00+00:00", "le2026-11-25T09:00:00+00:00"),
    ],
)
def test_days_and_times_may_be_mixed(start: str, end: str) -> None:
    found = read(start=[start], end=[end])
    assert found.starts_from == datetime(2026, 11, 24, 9 if "T" in start else 0, tzinfo=UTC)
    assert found.ends_by == (
        datetime(2026, 11, 25, 9, tzinfo=UTC) if "T" in end else datetime(2026, 11, 26, tzinfo=UTC)
    )


@pytest.mark.parametrize("days", [0, 1, 13, 14])
def test_two_weeks_can_be_searched(days: int) -> None:
    end = (datetime(2026, 11, 24, tzinfo=UTC) + timedelta(days=days)).date()
    read(end=[f"le{end}"])
    read(start=["ge2026-11-24T10:00:00+00:00"], end=[f"le{end}T10:00:00+00:00"])


@pytest.mark.parametrize("days", [15, 31, -1, -14])
def test_more_than_two_weeks_or_less_than_nothing_can_not(days: int) -> None:
    end = (datetime(2026, 11, 24, tzinfo=UTC) + timedelta(days=days)).date()
    assert refused(end=[f"le{end}"]) is Spine.INVALID_PARAMETER
    assert refused(start=["ge2026-11-24T10:00:00+00:00"], end=[f"le{end}T10:00:00+00:00"]) is Spine.INVALID_PARAMETER


def test_two_weeks_are_two_weeks_over_a_clock_change() -> None:
    for start, end in (("2026-10-20T09:00:00+01:00", "2026-11-03T09:00:00+00:00"),
                       ("2026-03-25T09:00:00+00:00", "2026-04-08T09:00:00+01:00")):  # fmt: skip
        read(start=["ge" + start], end=["le" + end])
        assert (
            refused(start=["ge" + start], end=["le" + end.replace("09:00:00", "09:00:01")]) is Spine.INVALID_PARAMETER
        )


def test_a_day_has_as_many_hours_as_it_has() -> None:
    autumn = read(start=["ge2026-10-25"], end=["le2026-10-25"])
    assert (autumn.starts_from, autumn.ends_by) == (
        datetime(2026, 10, 25, tzinfo=BST), datetime(2026, 10, 26, tzinfo=UTC),
    )  # fmt: skip
    assert autumn.ends_by.astimezone(UTC) - autumn.starts_from.astimezone(UTC) == timedelta(hours=25)
    spring = read(start=["ge2026-03-29"], end=["le2026-03-29"])
    assert spring.ends_by.astimezone(UTC) - spring.starts_from.astimezone(UTC) == timedelta(hours=23)


def test_the_hour_that_comes_twice_is_told_apart_by_its_offset() -> None:
    first, second = "ge2026-10-25T01:30:00+01:00", "ge2026-10-25T01:30:00+00:00"
    assert read(start=[second], end=["le2026-10-25"]).starts_from - read(
        start=[first], end=["le2026-10-25"]
    ).starts_from == timedelta(hours=1)


def test_a_plus_sign_that_was_not_escaped_is_understood() -> None:
    assert read(start=["ge2026-11-24T09:00:00 00:00"]).starts_from == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_past_periods_can_be_searched() -> None:
    read(start=["ge2020-01-01"], end=["le2020-01-14"])


def test_what_is_unknown_means_nothing() -> None:
    plain = read()
    assert plain.askers == (("", ""),)
    assert plain == read(
        _sort=["start"], _count=["1"], Status=["busy"],
        searchFilter=["https://fhir.nhs.uk/Id/other|X1", "urn:uc-disposition|Dx02", "no bar", "|", ODS + "|", TYPE, ""],
    )  # fmt: skip


def test_the_filters_name_who_asks() -> None:
    assert read(searchFilter=[f"{ODS}|A81001"]).askers == (("A81001", ""),)
    assert read(searchFilter=[f"{TYPE}|urgent-care"]).askers == (("", "urgent-care"),)
    both = read(searchFilter=[f"{TYPE}|gp-practice", "else|x", f"{ODS}|A81001", f"{ODS}|A81001"])
    assert both.askers == (("A81001", "gp-practice"),)
    several = read(searchFilter=[f"{ODS}|A81001", f"{ODS}|B82002", f"{TYPE}|gp-practice"])
    assert several.askers == (("A81001", "gp-practice"), ("B82002", "gp-practice"))
    assert refused(searchFilter=[f"{ODS}|A8100{n}" for n in range(5)]) is Spine.INVALID_PARAMETER


@pytest.mark.parametrize("value", ["\0", "A8\x001001", "A81001' or 1=1--", "x" * 41, "İ", "A8 1001"])
def test_what_can_be_no_code_is_nobodys(value: str) -> None:
    assert read(searchFilter=[f"{ODS}|{value}", f"{TYPE}|{value}"]).askers == (("", ""),)


def test_what_comes_along_is_what_was_asked_for() -> None:
    assert (read().practitioners, read().locations) == (False, False)
    asked = read(_include__recurse=["Schedule:actor:Practitioner", "Location:managingOrganization"])
    assert (asked.practitioners, asked.locations) == (True, False)
    asked = read(_include__recurse=["Schedule:actor:Location"])
    assert (asked.practitioners, asked.locations) == (False, True)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        end_of_period("start", text, "ge")
    except Refused as refusal:
        assert refusal.code is Spine.INVALID_PARAMETER  # noqa: PT017 - either is right
