"""The document within a message: its Composition, and what it refers to."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from pcnhub.connections.mesh.mapping import codes
from pcnhub.connections.mesh.mapping import systems as s
from pcnhub.connections.mesh.mapping.words import Attachment, Fault, Organisation, Person, Practitioner, Report
from pcnhub.foundations.fhir import dates
from pcnhub.foundations.fhir import resources as r
from pcnhub.foundations.kernel.identifiers import InvalidIdentifier, NhsNumber

PDF = "application/pdf"
Files = Mapping[str, str]  # base64 of a large file, by what stands in its place
T = TypeVar("T", bound=r.Resource)


class Parts:
    """The resources of a bundle by what refers to them: their fullUrl, or type and id."""

    def __init__(self, bundle: r.Bundle) -> None:
        self._by_name: dict[str, r.Resource] = {}
        for each in bundle.entry:
            if each.resource is None:
                continue
            for name in (
                each.full_url,
                f"{r.type_of(each.resource)}/{each.resource.id}",
                s.urn(each.resource.id or ""),
            ):
                if name:
                    self._by_name.setdefault(name, each.resource)

    def any_of(self, reference: r.Reference | None) -> r.Resource | None:
        return self._by_name.get((reference.reference or "") if reference else "")

    def of(self, reference: r.Reference | None, type_: type[T]) -> T | None:
        found = self.any_of(reference)
        return found if isinstance(found, type_) else None


@dataclass(frozen=True, slots=True)
class _Referred:
    patient: r.Patient | None
    author: r.Practitioner | None
    custodian: r.Organization | None
    attached: tuple[tuple[str, r.Binary | None], ...]


def report_of(document: r.Bundle, *, encounter_id: str, files: Files) -> tuple[Report | None, tuple[Fault, ...]]:
    """The report in a document bundle, or everything that keeps it from being one."""
    first = document.entry[0].resource if document.entry else None
    if document.type != "document" or not isinstance(first, r.Composition):
        return None, (Fault(codes.PAYLOAD_FAULT, "Bundle.entry[0]: a document begins with its Composition"),)
    parts = Parts(document)
    referred = _Referred(
        patient=parts.of(first.subject, r.Patient),
        author=next((each for each in (parts.of(one, r.Practitioner) for one in first.author) if each), None),
        custodian=parts.of(first.custodian, r.Organization),
        attached=tuple(
            (section.title or "", parts.of(each, r.Binary)) for section in first.section for each in section.entry
        ),
    )
    attachments, wrong = _attachments(referred, files)
    person = _person(referred.patient)
    faults = [*_faults(document, first, referred, person), *wrong]
    report_id = (first.identifier.value if first.identifier else "") or first.id or ""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", report_id):
        faults.append(Fault(codes.PAYLOAD_FAULT, "Composition.identifier: a UUID is needed"))
    if faults or person is None or referred.author is None or referred.custodian is None:
        return None, tuple(faults)
    summary = _plain(first.text.div if first.text else "")
    replaces = next((one.target_identifier for one in first.relates_to if one.code == "replaces"), None)
    return (
        Report(
            report_id=report_id,
            encounter_id=encounter_id,
            version=_version(summary),
            summary=summary,
            made_at=dates.instant_of(first.date),
            patient=person,
            author=_author(referred.author),
            organisation=_organisation(referred.custodian),
            attachments=attachments,
            replaces_id=(replaces.value or "") if replaces else "",
            is_confidential=first.confidentiality == "R",
        ),
        (),
    )


def _faults(document: r.Bundle, first: r.Composition, referred: _Referred, person: Person | None) -> list[Fault]:
    kinds = [each.code for each in first.type.coding if each.system == s.SNOMED]
    without = [
        f"{r.type_of(each.resource)}.meta.profile"
        for each in (r.BundleEntry(resource=document), *document.entry)
        if each.resource is not None and not (each.resource.meta and each.resource.meta.profile)
    ]
    official = [each for each in (referred.author.name if referred.author else ()) if each.family or each.text]
    wrong: list[tuple[bool, str]] = [
        (bool(without), f"{', '.join(without)}: missing (GPCM-SD-108)"),
        (first.status != "final", "Composition.status: final is needed"),
        (s.REPORT_OF_ENCOUNTER not in kinds, f"Composition.type: {s.REPORT_OF_ENCOUNTER} is needed"),
        ("T" not in first.date, "Composition.date: a date with its time is needed"),
        (first.confidentiality not in ("N", "R"), "Composition.confidentiality: N or R is needed"),
        (referred.patient is None, "Composition.subject: the Patient is not in the document"),
        (
            referred.patient is not None and person is None,
            "Patient: one valid NHS number, an official name with its surname, and a full birthDate are needed",
        ),
        (not official, "Composition.author: a Practitioner with a name is needed"),
        (
            referred.custodian is None or not _organisation(referred.custodian).ods_code,
            "Composition.custodian: an Organization with its ODS code is needed",
        ),
    ]
    return [Fault(codes.PAYLOAD_FAULT, said) for is_wrong, said in wrong if is_wrong]


def _attachments(referred: _Referred, files: Files) -> tuple[tuple[Attachment, ...], list[Fault]]:
    read: list[Attachment] = []
    faults: list[Fault] = []
    for number, (title, binary) in enumerate(referred.attached, start=1):
        where = f"Composition.section, file {number}"
        if binary is None:
            faults.append(Fault(codes.PAYLOAD_FAULT, f"{where}: not in the document"))
            continue
        try:
            content = base64.b64decode("".join(files.get(binary.content, binary.content).split()), validate=True)
        except binascii.Error:
            faults.append(Fault(codes.PAYLOAD_FAULT, f"{where}: not base64 (GPCM-SD-021)"))
            continue
        read.append(
            Attachment(title or f"Attachment {number}", binary.content_type.partition(";")[0].strip().lower(), content)
        )
    if not referred.attached:
        faults.append(Fault(codes.PAYLOAD_FAULT, "Composition.section: the report as PDF is needed"))
    elif read and len(read) == len(referred.attached) and not _is_pdf(read[0]):
        faults.append(Fault(codes.WRONG_FILE, "Composition.section, file 1: the report must be a PDF"))
    return tuple(read), faults


def _is_pdf(first: Attachment) -> bool:
    return first.content_type == PDF and first.content.lstrip()[:5] == b"%PDF-"


def _person(patient: r.Patient | None) -> Person | None:
    if patient is None:
        return None
    numbers = {(each.value or "").replace(" ", "") for each in patient.identifier if each.system == s.NHS_NUMBER}
    name = next((each for each in patient.name if each.use in ("official", None)), None)
    born = _day(patient.birth_date or "")
    if len(numbers) != 1 or name is None or not (name.family or "").strip() or born is None:
        return None
    try:
        number = NhsNumber(numbers.pop())
    except InvalidIdentifier:
        return None
    verified = any(
        coding.code == "01"
        for each in patient.identifier
        for extension in each.extension
        if extension.url == s.VERIFICATION and extension.value_codeable_concept
        for coding in extension.value_codeable_concept.coding
    )
    return Person(str(number), name.family or "", born, name.given, " ".join(name.prefix), verified)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if len(text) == len("1957-01-09") else None


def _author(practitioner: r.Practitioner) -> Practitioner:
    name = next((each for each in practitioner.name if each.use == "official"), practitioner.name[0])
    return Practitioner(
        family=name.family or name.text or "",
        given=" ".join(name.given),
        prefix=" ".join(name.prefix),
        sds_user_id=next((each.value or "" for each in practitioner.identifier if each.system == s.SDS_USER), ""),
        phone=_phone(practitioner.telecom),
    )


def _organisation(organisation: r.Organization) -> Organisation:
    code = next((each.value or "" for each in organisation.identifier if each.system == s.ODS), "")
    return Organisation(code.upper(), organisation.name or "", _phone(organisation.telecom))


def _phone(telecom: tuple[r.ContactPoint, ...]) -> str:
    return next((each.value or "" for each in telecom if each.system == "phone"), "")


def _plain(div: str) -> str:
    """The words of a narrative, without its markup: they are shown as text, and only as text."""
    bare = re.sub(r"<[^>]*>", " ", div)
    for name, character in (
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ):
        bare = bare.replace(name, character)
    return " ".join(bare.split())


def _version(summary: str) -> int:
    """The number at the end of the line of GPCM-SD-098; 1 where a sender leaves it out."""
    found = re.search(r"Version (\d{1,4})\W*$", summary)
    return int(found.group(1)) if found else 1
