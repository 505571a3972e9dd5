"""XML from outside expands nothing, opens nothing, and ends."""

from pathlib import Path

import pytest

from pcnhub.foundations.fhir import codec
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.fhir.codec import Media, NotFhir

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "body",
    [
        f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><Slot xmlns="http://hl7.org/fhir"><comment value="&l9;"/></Slot>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><Slot xmlns="http://hl7.org/fhir"><comment>&e;</comment></Slot>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><Slot xmlns="http://hl7.org/fhir"/>',
        '<!DOCTYPE Slot><Slot xmlns="http://hl7.org/fhir"/>',
        '<!DOCTYPE x [<!ATTLIST Slot colour CDATA "red">]><Slot xmlns="http://hl7.org/fhir"/>',
        "<a>" * 5000,
        "<Slot>no namespace</Slot>",
        "",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_refused_as_malformed(body: str, encoding: str) -> None:
    with pytest.raises(NotFhir) as found:
        codec.decode(body.encode(encoding), Media.XML, r.Slot)
    assert type(found.value) is NotFhir


def test_an_include_is_only_an_unknown_element(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    body = (
        '<Slot xmlns="http://hl7.org/fhir" xmlns:xi="http://www.w3.org/2001/XInclude">'
        f'<xi:include href="{secret.as_uri()}" parse="text"/></Slot>'
    )
    with pytest.raises(NotFhir) as found:
        codec.decode(body.encode(), Media.XML, r.Slot)
    assert "secret" not in "".join(problem.message for problem in found.value.problems)


def test_a_narrative_cannot_break_out_of_its_place() -> None:
    narrative = r.Narrative(
        status="generated", div='<div xmlns="http://www.w3.org/1999/xhtml"></div></text><status value="x"/>'
    )
    with pytest.raises(NotFhir):
        codec.encode(r.Patient(text=narrative), Media.XML)
