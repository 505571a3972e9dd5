"""The capability statement: always answered, in both formats, and it names what the protocol's version has."""

from __future__ import annotations

from pcnhub.care.organisations.models import GpConnectSwitch
from pcnhub.foundations.fhir.media import Media
from tests.cast import World
from tests.entrances.gpconnect.calling import Caller
from tests.entrances.gpconnect.oracle import understood


def test_it_answers_while_everything_is_switched_off(w: World, media: Media) -> None:
    GpConnectSwitch.objects.all().delete()
    answer = Caller(media=media).get("metadata", "rest:read:metadata-1")
    assert answer.status_code == 200
    statement = understood(answer)
    assert statement["resourceType"] == "CapabilityStatement"
    assert (statement["version"], statement["fhirVersion"], statement["kind"]) == ("1.2.7", "3.0.1", "capability")
    assert (statement["status"], statement["acceptUnknown"]) == ("active", "both")
    assert statement["format"] == ["application/fhir+json", "application/fhir+xml"]
    assert statement["software"]["name"] == "PCN Hub"
    assert statement["software"]["version"]
    assert len(statement["profile"]) == 15
    assert not [each for each in statement["profile"] if "_history" in each["reference"]]
    [rest] = statement["rest"]
    assert rest["security"] == {"cors": True}
    resources = {each["type"]: {code["code"] for code in each["interaction"]} for each in rest["resource"]}
    assert resources == {
        "Patient": {"read", "search-type"},
        "Organization": {"read", "search-type"},
        "Practitioner": {"read", "search-type"},
        "Location": {"read"},
        "Appointment": {"read", "create", "update", "search-type"},
        "Slot": {"search-type"},
    }
    slot = next(each for each in rest["resource"] if each["type"] == "Slot")
    assert "Location:managingOrganization" in slot["searchInclude"]
    assert len(slot["searchInclude"]) == 4
    assert {each["name"] for each in slot["searchParam"]} == {"start", "end", "status", "searchFilter"}
    operations = {each["name"]: each["definition"]["reference"] for each in rest["operation"]}
    assert operations["gpc.registerpatient"].endswith("OperationDefinition/GPConnect-RegisterPatient-Operation-1")
