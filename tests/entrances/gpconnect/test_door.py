"""What holds for every call: addresses, verbs, headers, media types, compression, sizes, switches."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any, cast

import pytest
from django.http import HttpResponse
from django.test import Client

from pcnhub.care.organisations.models import GpConnectSwitch, Organisation
from pcnhub.entrances.api.gpconnect.answers import BY_CODE
from pcnhub.entrances.api.gpconnect.interactions import TABLE
from pcnhub.foundations.fhir.media import Media
from tests.architecture.test_refusals import documented
from tests.cast import World
from tests.entrances.client import signed_in_as
from tests.entrances.gpconnect.calling import Caller
from tests.entrances.gpconnect.oracle import body_of, entries_of, error_of, understood, why

BAD, NOWHERE = (400, "BAD_REQUEST"), (404, "ORGANISATION_NOT_FOUND")
METADATA = "rest:read:metadata-1"
FIND_US = "identifier=https://fhir.nhs.uk/Id/ods-organization-code|Y07108"


def test_the_table_is_the_protocols() -> None:
    """GP Connect 1.2.7, interaction ids; two of 1.2.8. The structured record has a metadata interaction of its own."""
    services = "urn:nhs:names:services:gpconnect:"
    assert {(row.urn.removeprefix(services).removeprefix("fhir:"), row.verb, row.path, row.scope) for row in TABLE} == {
        ("structured:fhir:rest:read:metadata-1", "GET", "metadata", "organization/*.read"),
        ("operation:gpc.getstructuredrecord-1", "POST", "Patient/$gpc.getstructuredrecord", "patient/*.read"),
        ("rest:read:metadata-1", "GET", "metadata", "organization/*.read"),
        ("rest:search:patient-1", "GET", "Patient", "patient/*.read"),
        ("rest:read:patient-1", "GET", "Patient/{id}", "patient/*.read"),
        ("operation:gpc.registerpatient-1", "POST", "Patient/$gpc.registerpatient", "patient/*.write"),
        ("rest:search:practitioner-1", "GET", "Practitioner", "organization/*.read"),
        ("rest:read:practitioner-1", "GET", "Practitioner/{id}", "organization/*.read"),
        ("rest:search:organization-1", "GET", "Organization", "organization/*.read"),
        ("rest:read:organization-1", "GET", "Organization/{id}", "organization/*.read"),
        ("rest:read:location-1", "GET", "Location/{id}", "organization/*.read"),
        ("rest:search:slot-1", "GET", "Slot", "organization/*.read"),
        ("rest:create:appointment-1", "POST", "Appointment", "patient/*.write"),
        ("rest:search:patient_appointments-1", "GET", "Patient/{id}/Appointment", "patient/*.read"),
        ("rest:read:appointment-1", "GET", "Appointment/{id}", "patient/*.read"),
        ("rest:update:appointment-1", "PUT", "Appointment/{id}", "patient/*.write"),
        ("rest:cancel:appointment-1", "PUT", "Appointment/{id}", "patient/*.write"),
        ("rest:search:healthcareservice-1", "GET", "HealthcareService", "organization/*.read"),
        ("rest:read:healthcareservice-1", "GET", "HealthcareService/{id}", "organization/*.read"),
    }


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_an_interaction_at_another_address_is_refused(hub: Organisation, row: Any, media: Media) -> None:
    """Its own scope, its own verb, the path of another."""
    elsewhere = "Patient/1" if row.path != "Patient/{id}" else "Patient"
    answer = Caller(media=media).call("GET", elsewhere, row.urn, scope=row.scope)
    assert error_of(answer) == BAD
    assert "Ssp-InteractionID" in why(answer)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_another_scope_is_refused(hub: Organisation, row: Any) -> None:
    scopes = {"patient/*.read", "patient/*.write", "organization/*.read", "organization/*.write"} - {row.scope}
    for scope in scopes:
        answer = Caller().call(row.verb, row.path.replace("{id}", "1"), row.urn, scope=scope)
        assert error_of(answer) == BAD
        assert row.scope in why(answer)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", (501, "NOT_IMPLEMENTED")),
        ("Nothing", (501, "NOT_IMPLEMENTED")),
        ("patient", (501, "NOT_IMPLEMENTED")),
        ("Metadata", (501, "NOT_IMPLEMENTED")),
        ("organization/1", (501, "NOT_IMPLEMENTED")),
        ("Patient/1/_history/1", (501, "NOT_IMPLEMENTED")),
        ("Patient/$gpc.getcarerecord", (501, "NOT_IMPLEMENTED")),
        ("Patient/$gpc.registerPatient", (501, "NOT_IMPLEMENTED")),
        ("metadata/", (501, "NOT_IMPLEMENTED")),
        ("Schedule", (501, "NOT_IMPLEMENTED")),
        ("metadata%0A", (501, "NOT_IMPLEMENTED")),
        ("%0D%0A", (501, "NOT_IMPLEMENTED")),
    ],
)
def test_an_unknown_path_is_refused(hub: Organisation, media: Media, path: str, expected: tuple[int, str]) -> None:
    assert error_of(Caller(media=media).get(path, METADATA)) == expected


@pytest.mark.parametrize("verb", ["DELETE", "PATCH", "OPTIONS", "PUT", "POST", "TRACE", "COPY"])
@pytest.mark.parametrize("path", ["metadata", "Patient/1", "Organization", "Slot"])
def test_another_verb_is_refused(hub: Organisation, verb: str, path: str) -> None:
    answer = Caller().call(verb, path, METADATA)
    assert error_of(answer) == BAD
    assert "verb" in why(answer)


@pytest.mark.parametrize(
    ("path", "interaction", "code"),
    [
        ("Patient/", "rest:read:patient-1", "PATIENT_NOT_FOUND"),
        ("Practitioner/", "rest:read:practitioner-1", "PRACTITIONER_NOT_FOUND"),
        ("Organization/", "rest:read:organization-1", "ORGANISATION_NOT_FOUND"),
        ("Location/", "rest:read:location-1", "NO_RECORD_FOUND"),
    ],
)
def test_a_read_of_no_id_or_of_what_cannot_be_one(
    hub: Organisation, media: Media, path: str, interaction: str, code: str
) -> None:
    for id_ in ("", "0", "01", "-1", "x", "1%20", "1%0A", "9" * 19, "9" * 40, "%C2%B2", "1.0", "%F0%9F%98%80"):
        assert error_of(Caller(media=media).get(path + id_, interaction)) == (404, code), id_


@pytest.mark.parametrize(
    "root",
    [
        "y07108/STU3/1/gpconnect",
        "Y07108/stu3/1/gpconnect",
        "Y07108/STU3/1/GPConnect",
        "Y07108/STU3/2/gpconnect",
        "Y07108/STU3/1/gpconnect-else",
        "Y07108/STU3/1/gpconnect%0A",
        "Y07108/STU3/%0A/gpconnect",
        "Y99999/STU3/1/gpconnect",
        "X/STU3/1/gpconnect",
    ],
)
def test_another_service_root_is_refused_in_fhir(hub: Organisation, media: Media, root: str) -> None:
    assert error_of(Caller(media=media).get("metadata", METADATA, root=root)) == NOWHERE


def test_an_organisation_of_another_system_or_closed_is_not_here(w: World) -> None:
    Organisation.objects.filter(pk=w.birch.pk).update(system="EMIS")
    Organisation.objects.filter(pk=w.ash.pk).update(closed_on="2026-11-23")
    for code in ("B82002", "A81001"):
        assert error_of(Caller(code).get("metadata", METADATA)) == NOWHERE


def test_the_organisation_comes_from_the_path_alone(w: World) -> None:
    """Charlie's surgery has a root of its own, and shows nothing of the hub, whatever Ssp-To says."""
    Organisation.objects.filter(pk=w.hub.pk).update(asid="200000000001")
    GpConnectSwitch.objects.create(
        organisation=w.outside, capability="gp_connect", is_on=True, changed_at="2026-01-01T00:00Z"
    )
    GpConnectSwitch.objects.create(
        organisation=w.outside, capability="foundation", is_on=True, changed_at="2026-01-01T00:00Z"
    )
    outside = Caller("C83003")
    ssp = {"Ssp-To": "200000000001"}
    answer = outside.get("Organization", "rest:search:organization-1", query=FIND_US, headers=ssp)
    assert entries_of(answer) == []
    answer = outside.get(f"Location/{w.site.pk}", "rest:read:location-1", headers=ssp)
    assert error_of(answer) == (404, "NO_RECORD_FOUND")


@pytest.mark.parametrize("name", ["Ssp-TraceID", "Ssp-From", "Ssp-To", "Ssp-InteractionID"])
@pytest.mark.parametrize("value", [None, "", "two words", "x" * 300])
def test_each_header_is_needed(hub: Organisation, name: str, value: str | None) -> None:
    answer = Caller().get("metadata", METADATA, headers={name: value})
    assert error_of(answer) == BAD
    assert name in why(answer)


def test_header_names_are_not_case_sensitive_and_values_are(hub: Organisation) -> None:
    caller, urn = Caller(), "urn:nhs:names:services:gpconnect:fhir:rest:read:metadata-1"
    renamed = {"Ssp-InteractionID": None, "ssp-interactionid": urn}
    assert caller.get("metadata", METADATA, headers=renamed).status_code == 200
    assert error_of(caller.get("metadata", METADATA, headers={"Ssp-InteractionID": urn.upper()})) == BAD
    assert error_of(caller.get("metadata", METADATA, headers={"Ssp-InteractionID": urn + "x"})) == BAD


def test_the_asid_is_compared_once_it_is_known(w: World) -> None:
    caller = Caller()
    assert caller.get("metadata", METADATA, headers={"Ssp-To": "1"}).status_code == 200
    Organisation.objects.filter(pk=w.hub.pk).update(asid="918999198738")
    assert caller.get("metadata", METADATA).status_code == 200
    assert error_of(caller.get("metadata", METADATA, headers={"Ssp-To": "918999198739"})) == BAD


J, X = "application/fhir+json", "application/fhir+xml"


@pytest.mark.parametrize(
    ("format_", "accept", "sent", "expected"),
    [
        (None, None, None, J),
        (None, J, None, J),
        (None, X, None, X),
        (J, None, None, J),
        (X, None, None, X),
        (X, J, None, X),
        (J, X, None, J),
        (None, None, X, X),
        (None, J, X, J),
        (None, X, J, X),
        (None, "*/*", None, J),
        (None, f"{X};q=0.5, {J};q=0.9", None, J),
        (None, f"text/plain, {X}", None, X),
        (None, "text/plain", None, None),
        ("text/plain", J, None, None),
        (None, f"{J};q=0", None, None),
    ],
)
def test_which_format_the_answer_is_in(
    hub: Organisation, format_: str | None, accept: str | None, sent: str | None, expected: str | None
) -> None:
    for query in (f"_format={format_}&{FIND_US}", f"{FIND_US}&_format={format_}") if format_ else (FIND_US,):
        answer = Caller().get(
            "Organization", "rest:search:organization-1", query=query.replace("+", "%2B"),
            headers={"Accept": accept, "Content-Type": sent},
        )  # fmt: skip
        if expected is None:
            assert error_of(answer) == (415, "BAD_REQUEST")
            assert answer.headers["Content-Type"] == f"{J};charset=utf-8"
        else:
            assert answer.headers["Content-Type"] == f"{expected};charset=utf-8"
            assert len(entries_of(answer)) == 1


def test_a_body_of_another_type_is_refused(hub: Organisation, media: Media) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = Caller(media=media).post(
            "Patient/$gpc.registerpatient", "operation:gpc.registerpatient-1", b"a=b", headers={"Content-Type": kind}
        )
        assert error_of(answer) == (415, "BAD_REQUEST")


@pytest.mark.parametrize("body", [b"", b"{", b"<", b"[]", b"null", b"\xff", b'{"resourceType":"Parameters"'])
def test_a_body_that_cannot_be_read_is_malformed(hub: Organisation, media: Media, body: bytes) -> None:
    answer = Caller(media=media).post("Patient/$gpc.registerpatient", "operation:gpc.registerpatient-1", body)
    status, code = error_of(answer)
    assert (status, code) in ((400, "BAD_REQUEST"), (422, "INVALID_RESOURCE"))
    assert status == 400 or body in (b"[]", b"null")


def test_too_much_is_refused_before_it_is_read(hub: Organisation, media: Media) -> None:
    caller = Caller(media=media)
    path, name = "Patient/$gpc.registerpatient", "operation:gpc.registerpatient-1"
    assert error_of(caller.post(path, name, b"x" * 300_000)) == (413, "BAD_REQUEST")
    compressed = caller.post(path, name, gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"})
    assert error_of(compressed) == (415, "BAD_REQUEST")


def test_chunks_are_read_to_their_end(hub: Organisation) -> None:
    """A server ends its stream with the last chunk (PEP 3333); Django alone would read nothing."""
    caller, path, name = Caller(), "Patient/$gpc.registerpatient", "operation:gpc.registerpatient-1"
    body = json.dumps({"resourceType": "Parameters", "parameter": [{"name": "a"}, {"name": "b"}]}).encode()
    for content, expected in ((body, "registerPatient"), (b"x" * 300_000, "larger")):
        answer = caller.post(
            path, name, b"", headers={"Transfer-Encoding": "chunked", "Content-Type": J},
            **{"wsgi.input": io.BytesIO(content), "CONTENT_LENGTH": ""},
        )  # fmt: skip
        assert expected in why(answer)


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("deflate, gzip;q=1.0", True),
        ("*", True),
        ("gzip;q=0", False),
        ("identity", False),
        (None, False),
    ],
)
def test_an_answer_is_compressed_for_who_takes_it(
    hub: Organisation, media: Media, accepted: str | None, compressed: bool
) -> None:
    answer = Caller(media=media).get("metadata", METADATA, headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("Content-Encoding") == "gzip") is compressed
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert understood(answer)["fhirVersion"] == "3.0.1"
    assert (len(answer.content) < len(body_of(answer))) is compressed


@pytest.mark.parametrize(("capability", "named"), [("gp_connect", "GP Connect"), ("foundation", "Foundations")])
def test_what_is_switched_off_says_so(hub: Organisation, media: Media, capability: str, named: str) -> None:
    caller = Caller(media=media)
    GpConnectSwitch.objects.filter(organisation=hub, capability=capability).update(is_on=False)
    for row in TABLE:
        if row.capability in ("foundation", None) or capability == "gp_connect":
            answer = caller.call(row.verb, row.path.replace("{id}", "1"), row.urn, scope=row.scope)
            if row.capability is None:
                assert answer.status_code == 200
            else:
                assert error_of(answer) == (403, "ACCESS_DENIED")
                assert named in why(answer)
                assert "Y07108" in why(answer)


def test_everything_is_off_until_somebody_switches_it_on(hub: Organisation) -> None:
    GpConnectSwitch.objects.all().delete()
    answer = Caller().get("Organization", "rest:search:organization-1", query=FIND_US)
    assert error_of(answer) == (403, "ACCESS_DENIED")


def test_a_browsers_session_neither_helps_nor_lives_longer(w: World) -> None:
    """A signed-in member of staff gets no further than a stranger, and no cookie."""
    browser = signed_in_as(w.carys)
    answer = browser.get("/Y07108/STU3/1/gpconnect/metadata")
    assert not answer.cookies
    assert error_of(cast("HttpResponse", answer)) == BAD


def test_another_host_name_is_refused(hub: Organisation) -> None:
    assert error_of(Caller(client=Client(HTTP_HOST="elsewhere.example")).get("metadata", METADATA)) == BAD


def test_unknown_parameters_are_ignored(hub: Organisation) -> None:
    answer = Caller().get("Organization", "rest:search:organization-1", query=FIND_US + "&_sort=x&_count=0&other=")
    assert len(entries_of(answer)) == 1


def test_each_code_of_the_table_is_one_that_somebody_says() -> None:
    assert set(BY_CODE) <= documented()  # and what is documented is said: tests/architecture/test_refusals.py
