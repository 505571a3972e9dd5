"""What is not the resource that belongs there is refused, all of it at once, each with its path."""

import json
from typing import Any

import pytest

from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codec import Media, NotFhir
from pcnhub.foundations.fhir.datatypes import Wire
from pcnhub.foundations.fhir.elements import ElementRow, elements_of
from pcnhub.foundations.fhir.refusals import InvalidElement, NotThatResource, UnknownField

SLOT: dict[str, Any] = {
    "resourceType": "Slot",
    "schedule": {"reference": "Schedule/1"},
    "status": "free",
    "start": "2026-03-29T09:00:00+01:00",
    "end": "2026-03-29T09:10:00+01:00",
}


def refused(content: Any, type_: type[r.Resource] = r.Slot) -> NotFhir:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(NotFhir) as found:
        codec.decode(body, Media.XML if body.startswith(b"<") else Media.JSON, type_)
    return found.value


def paths(refusal: NotFhir) -> list[str]:
    return [problem.field for problem in refusal.problems]


def xml(inside: str) -> bytes:
    return f'<Slot xmlns="http://hl7.org/fhir">{inside}</Slot>'.encode()


WHOLE = (
    '<schedule><reference value="Schedule/1"/></schedule><status value="free"/>'
    '<start value="2026-03-29T09:00:00+01:00"/><end value="2026-03-29T09:10:00+01:00"/>'
)


def test_an_unknown_element_is_named_with_its_path() -> None:
    refusal = refused(SLOT | {"colour": "red", "schedule": {"refrence": "Schedule/1"}})
    assert isinstance(refusal, UnknownField)
    assert paths(refusal) == ["Slot.schedule.refrence", "Slot.colour"]


@pytest.mark.parametrize(
    ("inside", "path"),
    [
        ('<colour value="red"/>', "Slot.colour"),
        ('<comment value="a" colour="red"/>', "Slot.comment.colour"),
        ('<comment value="a"><extension url="x"/></comment>', "Slot.comment.extension"),
        ('<identifier colour="red"><value value="1"/></identifier>', "Slot.identifier[0].colour"),
        ('<comment xmlns="urn:else" value="a"/>', "Slot.{urn:else}comment"),
    ],
)
def test_an_unknown_element_or_attribute_of_xml(inside: str, path: str) -> None:
    refusal = refused(xml(WHOLE + inside))
    assert isinstance(refusal, UnknownField)
    assert path in paths(refusal)


def test_the_sibling_of_a_primitive_is_unknown() -> None:
    assert paths(refused(SLOT | {"_start": {"extension": []}})) == ["Slot._start"]


def test_every_problem_at_once() -> None:
    refusal = refused(
        {"resourceType": "Slot", "status": "open", "start": "2026-02-30T09:00:00Z", "end": "09:00", "x": 1}
    )
    assert paths(refusal) == ["Slot.status", "Slot.start", "Slot.end", "Slot.x", "Slot.schedule"]
    assert all(problem.message and problem.remedy for problem in refusal.problems)


@pytest.mark.parametrize(
    "content", [{}, {"resourceType": "Schedule"}, {"resourceType": "Nonsense"}, {"resourceType": 1}, []]
)
def test_another_resource_type(content: Any) -> None:
    assert isinstance(refused(content), NotThatResource)


def test_another_resource_type_in_xml() -> None:
    assert isinstance(
        refused(b'<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/></Bundle>'), NotThatResource
    )
    assert isinstance(refused(b'<Nonsense xmlns="http://hl7.org/fhir"/>'), NotThatResource)


def test_a_contained_resource_must_be_of_the_vocabulary() -> None:
    assert paths(refused(SLOT | {"contained": [{"resourceType": "Nonsense"}]})) == ["Slot.contained[0]"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"identifier": {"value": "1"}}, "Slot.identifier"),
        ({"schedule": [{"reference": "Schedule/1"}]}, "Slot.schedule"),
        ({"identifier": []}, "Slot.identifier"),
        ({"identifier": [{}]}, "Slot.identifier[0]"),
        ({"schedule": None}, "Slot.schedule"),
        ({"comment": None}, "Slot.comment"),
        ({"comment": 3}, "Slot.comment"),
        ({"comment": "nul \0"}, "Slot.comment"),
        ({"comment": "half \ud800"}, "Slot.comment"),
        ({"overbooked": "true"}, "Slot.overbooked"),
        ({"id": "no spaces"}, "Slot.id"),
        ({"id": "x" * 65}, "Slot.id"),
        ({"start": "2026-03-29T09:00:00"}, "Slot.start"),
        ({"start": "2026-03-29"}, "Slot.start"),
        ({"extension": [{"url": "x", "valueString": "a", "valueCode": "b"}]}, "Slot.extension[0].value[x]"),
        ({"extension": [{"valueString": "a"}]}, "Slot.extension[0].url"),
        ({"extension": [{"url": "x", "valueInteger": 1.0}]}, "Slot.extension[0].valueInteger"),
        ({"extension": [{"url": "x", "valueInteger": True}]}, "Slot.extension[0].valueInteger"),
        ({"extension": [{"url": "x", "valuePositiveInt": 0}]}, "Slot.extension[0].valuePositiveInt"),
        ({"extension": [{"url": "x", "valueInteger": 2**31}]}, "Slot.extension[0].valueInteger"),
        ({"extension": [{"url": "x", "valueDecimal": "1.0"}]}, "Slot.extension[0].valueDecimal"),
        ({"extension": [{"url": "x", "valueDate": "0000-01-01"}]}, "Slot.extension[0].valueDate"),
        ({"extension": [{"url": "x", "valueCode": " a"}]}, "Slot.extension[0].valueCode"),
    ],
)
def test_shapes_and_formats(change: dict[str, Any], path: str) -> None:
    refusal = refused(SLOT | change)
    assert type(refusal) is InvalidElement
    assert paths(refusal) == [path]


@pytest.mark.parametrize(
    ("inside", "path"),
    [
        ('<status value="free"/>' + WHOLE, "Slot.status"),
        (WHOLE + "words", "Slot"),
        (WHOLE + "<comment>words</comment>", "Slot.comment"),
        (WHOLE + '<overbooked value="yes"/>', "Slot.overbooked"),
    ],
)
def test_xml_that_json_could_not_have_said(inside: str, path: str) -> None:
    refusal = refused(xml(inside))
    assert path in paths(refusal)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"resourceType":"Slot","status":"free","status":"busy"}',
        b'{"resourceType":"Slot","meta":{"versionId":"1","versionId":"2"}}',
        b'{"resourceType":"Slot","comment":NaN}',
        b'{"resourceType":"Slot","comment":' + b"1" * 5000 + b"}",
        b'{"resourceType":"Slot","comment":0.' + b"1" * 5000 + b"}",
        b"[" * 100_000,
        "{\"resourceType\":\"Slot\"}".encode("utf-16"),
        b'{"resourceType":"\xff"}',
        b" " * 1_000_001,
    ],
)  # fmt: skip
def test_what_cannot_be_read_at_all(body: bytes) -> None:
    with pytest.raises(NotFhir) as found:
        codec.decode(body, Media.JSON, r.Slot)
    assert type(found.value) is NotFhir


def test_nesting_has_an_end() -> None:
    deep: dict[str, Any] = {"url": "x"}
    for _ in range(200):
        deep = {"url": "x", "extension": [deep]}
    assert "nested" in refused(SLOT | {"extension": [deep]}).message


def test_a_choice_that_is_required() -> None:
    statement = {
        "resourceType": "MedicationStatement",
        "status": "active",
        "subject": {"reference": "Patient/1"},
        "taken": "y",
    }
    assert paths(refused(statement, r.MedicationStatement)) == ["MedicationStatement.medication[x]"]


def structs(start: type[Wire], seen: set[type[Wire]]) -> None:
    if start in seen:
        return
    seen.add(start)
    for row in elements_of(start).values():
        if row.struct is not None and not row.holds_resource:
            structs(row.struct, seen)


def bound() -> list[tuple[type[Wire], ElementRow]]:
    seen: set[type[Wire]] = set()
    for each in r.RESOURCES.values():
        structs(each, seen)
    return [(struct, row) for struct in seen for row in elements_of(struct).values() if row.codes]


def test_each_value_set_refuses_a_code_that_is_not_its_own() -> None:
    from pcnhub.foundations.fhir.building import Builder

    found = bound()
    assert len(found) > 50
    for struct, row in found:
        for code in ("nope", next(iter(row.codes)).upper() + "X", ""):
            builder = Builder()
            builder.struct({row.wire: [code] if row.repeats else code}, struct, "X", 0)
            where = f"X.{row.wire}[0]" if row.repeats else f"X.{row.wire}"
            assert where in [problem.field for problem in builder.problems], (struct, row.wire, code)
        for code in row.codes:
            builder = Builder()
            builder.struct({row.wire: [code] if row.repeats else code}, struct, "X", 0)
            assert f"X.{row.wire}" not in [problem.field for problem in builder.problems]


def test_an_answer_is_read_as_far_as_it_goes() -> None:
    sent = SLOT | {
        "colour": "red",
        "serviceType": {"text": "GP"},
        "specialty": [{"nope": 1, "text": "x"}],
        "comment": 5,
    }
    read = codec.read_answer(json.dumps(sent).encode(), Media.JSON)
    assert isinstance(read.resource, r.Slot)
    assert read.resource.service_type[0].text == "GP"
    assert set(read.left_out) == {"Slot.colour", "Slot.specialty[0].nope", "Slot.comment"}
    with pytest.raises(InvalidElement):
        codec.read_answer(json.dumps(SLOT | {"status": "perhaps"}).encode(), Media.JSON)


def test_an_answer_with_resources_that_we_do_not_know() -> None:
    sent = {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"resource": SLOT}, {"resource": {"resourceType": "Flag"}}],
    }
    read = codec.read_answer(json.dumps(sent).encode(), Media.JSON)
    assert isinstance(read.resource, r.Bundle)
    assert [each.resource is not None for each in read.resource.entry] == [True, False]
    assert any("Flag" in each for each in read.left_out)
