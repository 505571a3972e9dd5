"""GET /Slot over HTTP, in both formats: what the bundle holds, for whom, and when."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from pcnhub.care.appointments.operations import Quota
from pcnhub.care.appointments.rules import PRACTITIONER_FAMILIES, DeliveryChannel
from pcnhub.care.appointments.rules.job_roles import JOB_ROLE_NAMES
from pcnhub.care.organisations.models import GpConnectSwitch
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.fhir.media import Media
from tests.cast import CLINICIAN, World, person
from tests.entrances.gpconnect.bodies import PROFILES, open_session
from tests.entrances.gpconnect.conftest import Clock
from tests.entrances.gpconnect.consumer import Consumer
from tests.rooms.appointments.book import session, slot_type, slots

SAMPLES = Path(__file__).parents[4] / "shared/data/gpconnect/examples"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code|"
TYPE = "https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1|"
PRACTITIONERS, LOCATIONS = "Schedule:actor:Practitioner", "Schedule:actor:Location"
EVERYTHING = [PRACTITIONERS, LOCATIONS, "Location:managingOrganization"]


def starts(consumer: Consumer, **query: Any) -> list[str]:
    answer = consumer.slots(**query)
    assert answer.status == 200, answer.body
    return [each["start"] for each in answer.of("Slot")]


def test_slots_come_with_all_that_they_hang_on(w: World, ash: Consumer) -> None:
    kind = slot_type(w, "GP face to face")
    session_id = open_session(w, slot_type_id=kind)
    answer = ash.slots(_include__recurse=EVERYTHING)
    first, *others = answer.of("Slot")
    assert len(others) == 5
    assert first["id"] == str(slots(session_id)[0].id)
    assert first["meta"]["profile"] == [PROFILES + "GPConnect-Slot-1"]
    assert first["meta"]["versionId"]
    assert first["extension"] == [{"url": PROFILES + "Extension-GPConnect-DeliveryChannel-2", "valueCode": "In-person"}]
    assert first["serviceType"] == [{"text": "GP face to face"}]
    assert (first["status"], first["start"], first["end"]) == (
        "free", "2026-11-24T18:30:00+00:00", "2026-11-24T18:45:00+00:00",
    )  # fmt: skip
    assert not {"specialty", "comment", "identifier"} & set(first)
    (schedule,) = answer.of("Schedule")
    assert first["schedule"] == {"reference": f"Schedule/{schedule['id']}"}
    (role,) = schedule["extension"]
    assert role["valueCodeableConcept"]["coding"] == [
        {
            "system": "https://fhir.nhs.uk/STU3/CodeSystem/CareConnect-SDSJobRoleName-1",
            "code": "R0260",
            "display": "General Medical Practitioner",
        }
    ]
    assert schedule["serviceCategory"] == {"text": "EA GP - practice booking"}
    assert schedule["planningHorizon"] == {"start": "2026-11-24T18:30:00+00:00", "end": "2026-11-24T20:00:00+00:00"}
    (location,), (practitioner,) = answer.of("Location"), answer.of("Practitioner")
    assert {each["reference"] for each in schedule["actor"]} == {
        f"Location/{location['id']}",
        f"Practitioner/{practitioner['id']}",
    }
    assert (location["name"], location["address"]["postalCode"]) == ("Riverside Health Centre", "DN16 3LQ")
    assert practitioner["name"][0]["family"] == "Cast"
    (organisation,) = answer.of("Organization")
    assert location["managingOrganization"] == {"reference": f"Organization/{organisation['id']}"}
    read = ash.ask("rest:read:organization-1", f"Organization/{organisation['id']}", scope="organization/*.read")
    assert organisation == read.resource
    place = ash.ask("rest:read:location-1", f"Location/{location['id']}", scope="organization/*.read")
    assert location == place.resource
    assert organisation["identifier"] == [{"system": ODS.rstrip("|"), "value": "Y07108"}]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the national samples are not beside this checkout")
def test_the_bundle_is_built_as_the_national_sample_is(w: World, ash: Consumer) -> None:
    open_session(w)
    sample = json.loads((SAMPLES / "search_for_free_slots_response_example.json").read_bytes())
    ours = ash.slots(_include__recurse=EVERYTHING).entries
    for kind in ("Slot", "Schedule"):
        assert shape(next(each for each in ours if each["resourceType"] == kind)) == shape(
            next(entry["resource"] for entry in sample["entry"] if entry["resource"]["resourceType"] == kind)
        ), kind


def shape(part: Any, path: str = "") -> set[str]:
    """The element paths in a resource."""
    if isinstance(part, list):
        return set().union(*(shape(each, path) for each in part))
    if not isinstance(part, dict):
        return {path}
    return set().union(*(shape(each, f"{path}.{name}") for name, each in part.items()))


def test_only_the_actors_asked_for_come_along(w: World, ash: Consumer) -> None:
    open_session(w)
    for asked, comes in (
        ([], set()),
        ([PRACTITIONERS], {"Practitioner"}),
        ([LOCATIONS], {"Location"}),
        (["Location:managingOrganization"], set()),
        ([PRACTITIONERS, LOCATIONS], {"Practitioner", "Location"}),
    ):
        kinds = {each["resourceType"] for each in ash.slots(_include__recurse=asked).entries}
        assert kinds == {"Slot", "Schedule", "Organization", *comes}, asked


def test_each_holder_of_a_session_has_a_schedule(w: World, ash: Consumer) -> None:
    """Two clinicians in one clinic: each slot says whose it is."""
    second = person("gita", w.hub, CLINICIAN, consulter=True, job_role_code="R0260")
    open_session(w, times=(time(9), time(9, 30)), further_holder_ids=frozenset({second.position_id}))
    answer = ash.slots(_include__recurse=EVERYTHING)
    actors = {each["id"]: {actor["reference"] for actor in each["actor"]} for each in answer.of("Schedule")}
    whose = {"Practitioner/" + str(each.account_id) for each in (w.bilal, second)}
    assert len(actors) == 2
    for each in whose:
        (schedule,) = [id_ for id_, references in actors.items() if each in references]
        assert len([slot for slot in answer.of("Slot") if slot["schedule"]["reference"] == f"Schedule/{schedule}"]) == 2
    assert {f"Practitioner/{each['id']}" for each in answer.of("Practitioner")} == whose


def test_nothing_free_is_an_empty_bundle(w: World, ash: Consumer) -> None:
    assert ash.slots(_include__recurse=EVERYTHING).entries == []


def test_every_way_of_delivery_is_said(w: World, ash: Consumer) -> None:
    for hour, channel in enumerate(DeliveryChannel):
        open_session(w, times=(time(9 + hour), time(10 + hour)), delivery_channel=channel.value)
    said = {each["extension"][0]["valueCode"] for each in ash.slots().of("Slot")}
    assert said == {"In-person", "Telephone", "Video"}


def test_every_job_role_has_its_national_name() -> None:
    assert {code for codes in PRACTITIONER_FAMILIES.values() for code in codes} <= set(JOB_ROLE_NAMES)


def test_the_filters_truth_table(w: World, ash: Consumer) -> None:
    """visible = (not T or type sent in T) and (not O or code sent in O), for each of the four kinds of restriction."""
    kinds = list(product([set(), {"gp-practice"}], [set(), {"A81001", "B82002"}]))
    for hour, (types, codes) in enumerate(kinds):
        open_session(
            w,
            times=(time(9 + hour), time(9 + hour, 15)),
            organisation_types=frozenset(types),
            organisation_ods_codes=frozenset(codes),
        )
    for code, type_ in product([None, "A81001", "C83003"], [None, "gp-practice", "urgent-care", "oncology"]):
        filters = [ODS + code if code else "", TYPE + type_ if type_ else "", "https://example.org/other|x"]
        found = {int(each[11:13]) - 9 for each in starts(ash, searchFilter=[each for each in filters if each])}
        wanted = {
            hour
            for hour, (types, codes) in enumerate(kinds)
            if (not types or type_ in types) and (not codes or code in codes)
        }
        assert found == wanted, (code, type_)


def test_a_groups_members_are_codes_too(w: World, ash: Consumer) -> None:
    """A session that is open to a group is restricted to its subscribed members; Charlie is in none."""
    session(w)
    assert len(starts(ash, searchFilter=ODS + "A81001")) == 6
    assert starts(ash, searchFilter=ODS + "C83003") == []
    assert starts(ash) == []
    assert len(starts(ash, searchFilter=[ODS + "C83003", ODS + "A81001"])) == 6  # one of the askers may


def test_only_what_lies_wholly_within(w: World, ash: Consumer) -> None:
    open_session(w)
    within = {"start": "ge2026-11-24T18:45:00+00:00", "end": "le2026-11-24T19:20:00+00:00"}
    assert starts(ash, **within) == ["2026-11-24T18:45:00+00:00", "2026-11-24T19:00:00+00:00"]
    assert starts(ash, start="ge2026-11-24", end="le2026-11-24")[-1] == "2026-11-24T19:45:00+00:00"
    assert starts(ash, start="ge2026-11-25") == []


def test_what_is_not_offered_is_not_found(w: World, ash: Consumer) -> None:
    open_session(w, times=(time(9), time(10)), gp_connect_bookable=False)
    open_session(w, times=(time(10), time(11)), publish=False)
    closed = slot_type(w, "Catch-up", bookable=False)
    open_session(w, times=(time(11), time(12)), slot_type_id=closed)
    assert starts(ash) == []


def test_window_and_embargo(w: World, ash: Consumer, clock: Clock) -> None:
    embargoed = slot_type(w, "On the day", embargo_minutes=120)
    open_session(w, times=(time(9), time(9, 15)), window_days=1)
    open_session(w, times=(time(12), time(12, 15)), closes_minutes=60)
    open_session(w, times=(time(15), time(15, 15)), slot_type_id=embargoed)

    def found_at(day: int, hour: int, minute: int) -> set[int]:
        clock.now = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
        return {int(each[11:13]) for each in starts(ash)}

    assert found_at(23, 8, 0) - {9} == {12}
    assert 9 in found_at(23, 9, 0)
    assert found_at(24, 10, 59) == {12}
    assert found_at(24, 11, 1) == set()
    assert found_at(24, 12, 59) == set()
    assert found_at(24, 13, 0) == {15}


def test_past_slots_are_not_free_to_book(w: World, ash: Consumer, clock: Clock) -> None:
    open_session(w)
    clock.now = datetime(2026, 11, 24, 19, 5, tzinfo=UTC)
    assert starts(ash) == ["2026-11-24T19:15:00+00:00", "2026-11-24T19:30:00+00:00", "2026-11-24T19:45:00+00:00"]
    assert starts(ash, start="ge2020-01-01", end="le2020-01-14") == []


def test_a_share_that_is_used_up_hides_the_rest(w: World, ash: Consumer) -> None:
    quota = Quota("organisation", "A81001", 0)
    open_session(w, quotas=(quota,))
    assert starts(ash, searchFilter=ODS + "A81001") == []
    assert len(starts(ash, searchFilter=ODS + "B82002")) == 6


@pytest.mark.parametrize(
    ("day", "now", "first", "last"),
    [
        (
            date(2026, 10, 25),
            datetime(2026, 10, 20, tzinfo=UTC),
            "2026-10-25T09:00:00+00:00",
            "2026-10-25T09:45:00+00:00",
        ),
        (
            date(2026, 10, 24),
            datetime(2026, 10, 20, tzinfo=UTC),
            "2026-10-24T09:00:00+01:00",
            "2026-10-24T09:45:00+01:00",
        ),
        (
            date(2026, 3, 29),
            datetime(2026, 3, 20, tzinfo=UTC),
            "2026-03-29T09:00:00+01:00",
            "2026-03-29T09:45:00+01:00",
        ),
        (
            date(2026, 3, 28),
            datetime(2026, 3, 20, tzinfo=UTC),
            "2026-03-28T09:00:00+00:00",
            "2026-03-28T09:45:00+00:00",
        ),
    ],
)
def test_uk_time_on_the_days_about_a_clock_change(
    w: World, ash: Consumer, clock: Clock, day: date, now: datetime, first: str, last: str
) -> None:
    clock.now = now
    open_session(w, day=day, times=(time(9), time(10)), now=now)
    asked = {"start": f"ge{day}", "end": f"le{day}"}
    found = starts(ash, **asked)
    assert (found[0], found[-1]) == (first, last)
    neighbour = day - timedelta(days=1)
    assert starts(ash, start=f"ge{neighbour}", end=f"le{neighbour}") == []
    exact = {"start": f"ge{first}", "end": f"le{last}"}
    assert starts(ash, **exact) == found[:-1]


def test_wrong_parameters_are_refused_in_both_formats(w: World, ash: Consumer) -> None:
    for name in ("status", "start", "end", "_include"):
        assert ash.slots(**{name: None}).outcome == (400, "BAD_REQUEST")
    for wrong in ({"status": "busy"}, {"start": "gt2026-11-24"}, {"end": "le2026-12-25"}, {"start": ""}):
        assert ash.slots(**wrong).outcome == (422, "INVALID_PARAMETER")
    assert ash.slots(_sort="start", _count="1", unknown="x").status == 200


@pytest.mark.parametrize("scope", ["patient/*.read", "organization/*.write", "patient/*.write"])
def test_another_scope_is_refused(w: World, ash: Consumer, scope: str) -> None:
    answer = ash.ask("rest:search:slot-1", "Slot", {"status": "free"}, scope=scope)
    assert answer.outcome == (400, "BAD_REQUEST")


@pytest.mark.parametrize("capability", ["gp_connect", "appointments"])
def test_switched_off_is_closed_to_everybody(w: World, ash: Consumer, capability: str) -> None:
    open_session(w)
    GpConnectSwitch.objects.filter(organisation=w.hub, capability=capability).update(is_on=False)
    refused = ash.slots()
    assert refused.outcome == (403, "ACCESS_DENIED")
    assert "Y07108" in refused.why


def test_each_search_is_on_record(w: World, ash: Consumer) -> None:
    open_session(w)
    ash.slots(searchFilter=ODS + "A81001")
    ash.slots(status="busy")
    with unit_of_work(w.carys):
        rows = {
            row.action: row
            for row in AuditEvent.objects.filter(
                organisation_id=w.hub.pk, action__in=("gp-connect.answered", "gp-connect.refused")
            )
        }
    assert rows["gp-connect.answered"].user == "gpconnect:A81001:111122223333"
    assert rows["gp-connect.refused"].reason == "INVALID_PARAMETER"


def test_the_number_of_statements_does_not_grow_with_the_slots(w: World, django_assert_max_num_queries: Any) -> None:
    for hour in range(9, 17):
        open_session(w, times=(time(hour), time(hour + 1)))
    consumer = Consumer(w.hub.ods_code, media=Media.JSON)
    with django_assert_max_num_queries(14):
        assert len(starts(consumer, _include__recurse=EVERYTHING)) == 32
