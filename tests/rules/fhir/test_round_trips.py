"""What goes out as JSON or XML comes back the same, and an independent reader understands it."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codec import Media
from pcnhub.foundations.fhir.datatypes import Wire
from pcnhub.foundations.fhir.elements import elements_of
from tests.rules.fhir.strategies import filled, resources

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "gpconnect" / "examples"
# Where the national samples are not FHIR STU3 themselves: each is refused at this element, and read as an answer all the same
NOT_STU3 = {
    "allergies_response1.json": "Bundle.entry[0].resource.generalPractitioner",
    "allergies_response2.json": "Bundle.entry[0].resource.generalPractitioner",
    "allergies_response3.json": "Bundle.entry[0].resource.generalPractitioner",
    "consultations_forwards_request1.json": "Parameters.parameter[3].part[0].valueBoolean",
    "consultations_forwards_response1.json": "Bundle.entry[12].resource.dispenseRequest.quantity.value",
    "get_capability_statement_response_example.json": "CapabilityStatement.software.releaseDate",
    "meds_response.json": "Bundle.entry[7].resource.dispenseRequest.quantity.value",
    "read_location_response_example.json": "Location.address",
    "search_for_free_slots_response_example.json": "Bundle.entry[4].resource.telecom",
}
OWN = r.Appointment(
    id="9",
    meta=r.Meta(version_id="3", profile=("https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Appointment-1",)),
    contained=(
        r.Organization(id="1", name="Test & <Practice>", telecom=(r.ContactPoint(system="phone", value="01"),)),
    ),
    extension=(r.Extension(url="https://fhir.nhs.uk/x", value_reference=r.Reference(reference="#1")),),
    status="booked",
    start="2026-03-29T09:00:00+01:00",
    end="2026-03-29T09:10:00+01:00",
    priority=0,
    description='"Quotes"\nand a second line',
    slot=(r.Reference(reference="Slot/1"), r.Reference(reference="Slot/2")),
    participant=(r.AppointmentParticipant(actor=r.Reference(reference="Patient/2"), status="accepted"),),
)


def again(resource: r.Resource, media: Media) -> r.Resource:
    return codec.decode(codec.encode(resource, media), media, type(resource))


@pytest.mark.parametrize("media", Media)
def test_an_appointment_survives(media: Media) -> None:
    assert again(OWN, media) == OWN


def test_xml_is_what_the_specification_draws() -> None:
    written = codec.encode(
        r.Patient(
            id="2",
            extension=(r.Extension(url="https://fhir.nhs.uk/x", value_boolean=True),),
            name=(r.HumanName(use="official", given=("Ada", "May")),),
        ),
        Media.XML,
    )
    assert written == (
        b"<?xml version='1.0' encoding='UTF-8'?>"
        b'<Patient xmlns="http://hl7.org/fhir"><id value="2"/>'
        b'<extension url="https://fhir.nhs.uk/x"><valueBoolean value="true"/></extension>'
        b'<name><use value="official"/><given value="Ada"/><given value="May"/></name></Patient>'
    )


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the national samples are not beside this checkout")
@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.json")) or ["none"])
def test_national_samples(name: str) -> None:
    body = (SAMPLES / name).read_bytes()
    type_ = r.RESOURCES[json.loads(body)["resourceType"]]
    if name not in NOT_STU3:
        read = codec.decode(body, Media.JSON, type_)
        assert json.loads(codec.encode(again(read, Media.XML), Media.JSON)) == json.loads(body)
        return
    with pytest.raises(codec.NotFhir) as refused:
        codec.decode(body, Media.JSON, type_)
    assert NOT_STU3[name] in [problem.field for problem in refused.value.problems]
    answered = codec.read_answer(body, Media.JSON)
    assert again(again(answered.resource, Media.XML), Media.JSON) == answered.resource


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(resources)
def test_any_resource_survives_both_formats(resource: r.Resource) -> None:
    assert again(resource, Media.JSON) == resource
    assert again(resource, Media.XML) == resource


def oracle(name: str) -> Any:
    return getattr(importlib.import_module(f"fhir.resources.STU3.{name.lower()}"), name)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_independent_reader_takes_what_we_write(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(r.RESOURCES)))
    resource = data.draw(filled(r.RESOURCES[name]))
    oracle(name).model_validate_json(codec.encode(resource, Media.JSON))


LEFT_OUT = {"signature", "valueSampledData", "valueSignature"}  # as documented: nothing in GP Connect carries them
STRUCTS = sorted(
    name
    for name in r.__all__
    if isinstance(each := getattr(r, name), type)
    and issubclass(each, Wire)
    and name not in ("Resource", "DomainResource", "Element", "BackboneElement")
)


def counterpart(name: str) -> Any:
    """The oracle's class: a backbone element stands in the module of its resource."""
    words = re.findall("[A-Z][a-z]*", name)
    for length in range(len(words), 0, -1):
        try:
            return getattr(importlib.import_module(f"fhir.resources.STU3.{''.join(words[:length]).lower()}"), name)
        except (ImportError, AttributeError):
            continue
    raise LookupError(name)


@pytest.mark.parametrize("name", STRUCTS)
def test_the_table_has_the_elements_of_the_specification_in_its_order(name: str) -> None:
    theirs, ours = counterpart(name), elements_of(getattr(r, name))
    assert list(ours) == [each for each in dict.fromkeys(theirs.elements_sequence()) if each not in LEFT_OUT]
    fields = {field.alias or key: field for key, field in theirs.model_fields.items()}
    needed = {
        wire
        for wire in ours
        if fields[wire].is_required() or (fields[wire].json_schema_extra or {}).get("element_required")
    }
    assert {wire for wire, row in ours.items() if row.required} == needed
    repeated = {wire for wire in ours if "List[" in str(fields[wire].annotation)}
    assert {wire for wire, row in ours.items() if row.repeats} == repeated
