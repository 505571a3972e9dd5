"""The pages of documents: attached, listed, opened safely, filed, corrected; and nobody else gets in."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pcnhub.care.consultations import operations as consultations
from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations import attach, make_test_document
from pcnhub.care.patients.operations import register_temporarily
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from tests.cast import NOW, World, world
from tests.entrances.client import signed_in_as
from tests.evening import outcomes, visitor, waiting

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 20 + b"IEND\xaeB`\x82"


@pytest.fixture
def cast() -> World:
    return world()


def sent(client: Client, patient_id: int, **more: object) -> int:
    given = {"title": "Discharge letter", "kind": "discharge", "file": SimpleUploadedFile("a.png", PNG), **more}
    answer = client.post(reverse("document-add", args=[patient_id]), given)
    assert answer.status_code == 302, answer.content.decode()
    return int(answer["Location"].rpartition("/")[2])


def held(actor: Actor, patient_id: int) -> int:
    return attach(
        actor=actor, now=NOW, patient_id=patient_id, title="Letter", file=io.BytesIO(b"Text"), file_name="a.txt",
        kind="letter",
    )  # fmt: skip


def test_attached_listed_described_and_opened_without_running_anything(cast: World) -> None:
    client, jane = signed_in_as(cast.farah), cast.patient_of_ash.pk
    assert "No document is held here" in client.get(reverse("documents", args=[jane])).content.decode()
    made = sent(client, jane)
    assert "Discharge letter" in client.get(reverse("documents", args=[jane])).content.decode()
    assert "Discharge letter" in client.get(reverse("patient", args=[jane])).content.decode()
    page = client.get(reverse("document", args=[made])).content.decode()
    assert "Not scanned for malware" in page
    answer = client.get(reverse("document-content", args=[made]))
    assert answer.content == PNG
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Disposition"] == 'inline; filename="Discharge letter.png"'
    assert answer["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "no-store"
    pdf = sent(client, jane, title="Scan", file=SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF"))
    policy = client.get(reverse("document-content", args=[pdf]))["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "sandbox" not in policy, "Safari's viewer, and Chromium's of former years, stay blank under it"
    text = client.get(reverse("document-content", args=[held(cast.farah, jane)]))
    assert text["Content-Disposition"].startswith("attachment")


def test_everything_wrong_with_a_file_is_said_at_once(cast: World) -> None:
    client = signed_in_as(cast.farah)
    given = {"title": "x", "kind": "letter", "file": SimpleUploadedFile("scan.pdf", PNG)}
    answer = client.post(reverse("document-add", args=[cast.patient_of_ash.pk]), given)
    assert answer.status_code == 422
    assert "The name ends in .pdf, and the file is PNG" in answer.content.decode()


def test_marked_in_error_with_a_reason_and_replaced_by_a_newer_version(cast: World) -> None:
    client, jane = signed_in_as(cast.farah), cast.patient_of_ash.pk
    first = sent(client, jane)
    newer = sent(client, jane, replaces=first, file=SimpleUploadedFile("b.png", PNG[:-9] + b"1IEND\xaeB`\x82"))
    assert client.post(reverse("document-in-error", args=[newer]), {"reason": ""}).status_code == 422
    assert client.post(reverse("document-in-error", args=[newer]), {"reason": "Another’s"}).status_code == 302
    assert "None held here" in client.get(reverse("patient", args=[jane])).content.decode()
    page = client.get(reverse("documents", args=[jane]) + "?old=yes").content.decode()
    assert "Filed in error" in page
    assert "Replaced" in page


def test_the_hub_sees_the_practices_list_and_opens_from_it(cast: World) -> None:
    made = held(cast.farah, cast.patient_of_ash.pk)
    at_hub = register_temporarily(
        actor=cast.ada, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_ash.pk
    ).patient_id
    client = signed_in_as(cast.bilal)
    for name in ("documents", "record", "patient"):
        address = f'href="{reverse("document", args=[made])}"'
        assert address in client.get(reverse(name, args=[at_hub])).content.decode()
    page = client.get(reverse("document", args=[made])).content.decode()
    assert "Held by Ash Lane Surgery" in page
    assert f"{reverse('document-content', args=[made])}?download=yes" in page
    assert reverse("documents", args=[at_hub]) in page
    assert "filed in error" not in page
    assert client.get(reverse("document-content", args=[made])).content == b"Text"
    charlie = signed_in_as(cast.charlie)
    for address in (
        reverse("document-content", args=[made]), reverse("document", args=[made]), reverse("documents", args=[at_hub]),
        reverse("document-add", args=[at_hub]), reverse("document-in-error", args=[made]),
    ):  # fmt: skip
        assert charlie.get(address).status_code == 404


def test_a_document_is_filed_to_the_consultation_and_detached(cast: World) -> None:
    outcomes(cast)
    jane = visitor(cast, cast.patient_of_ash, cast.ash)
    begun = consultations.start(actor=cast.bilal, now=NOW, booking_id=waiting(cast, jane))
    made = held(cast.bilal, jane.pk)
    somebody = register_temporarily(
        actor=cast.efe, now=NOW, hub_id=cast.hub.pk, practice_patient_id=cast.patient_of_birch.pk
    ).patient_id
    given = {"title": "x", "kind": "image", "file": SimpleUploadedFile("a.png", PNG), "consultation": begun}
    signed_in_as(cast.bilal).post(reverse("document-add", args=[somebody]), given)
    with unit_of_work(cast.bilal):
        assert not Document.objects.filter(patient=somebody).exists(), "filed to nobody else's consultation, not kept"
    client, address = signed_in_as(cast.bilal), reverse("consultation-documents", args=[begun])
    assert client.post(address, {"document": made}).status_code == 302
    assert "Detach" in client.get(address).content.decode()
    assert "Documents of this consultation" in client.get(reverse("consultation", args=[begun])).content.decode()
    detach = reverse("document-detach", args=[begun, made])
    assert client.post(detach, {"reason": ""}).status_code == 422
    assert client.post(detach, {"reason": "Last year’s"}).status_code == 302
    assert "Last year’s" in client.get(address).content.decode()


def test_a_practice_brings_documents_in_and_sees_every_fault(cast: World) -> None:
    client, address = signed_in_as(cast.dilys), reverse("documents-import")
    index = b"file,nhs_number,birth_date,title,kind\na.txt,9000000009,1980-04-12,Letter,letter\n"
    wrong = index + b"b.txt,9000000017,1955-09-01,Letter,letter\n"
    files = [SimpleUploadedFile("a.txt", b"Text")]
    answer = client.post(address, {"index": SimpleUploadedFile("i.csv", wrong), "files": files})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Line 3, nhs_number: No patient of this practice" in page
    assert "b.txt: This file was not given" in page
    files[0].seek(0)
    assert client.post(address, {"index": SimpleUploadedFile("i.csv", index), "files": files}).status_code == 302
    with unit_of_work(cast.dilys):
        assert Document.objects.get().source == "imported"


def test_the_button_tries_the_practices_test_documents(cast: World) -> None:
    make_test_document(actor=cast.dilys, now=NOW)
    client, address = signed_in_as(cast.carys), reverse("documents-trials")
    assert "Not tried" in client.get(address).content.decode()
    assert client.post(address).status_code == 302
    page = client.get(address).content.decode()
    assert "Opened, checksum equal" in page
    assert "no test document yet" in page  # Birch Road has none
    assert signed_in_as(cast.ada).post(address).status_code == 403


def test_what_wants_somebody_is_listed_and_an_empty_list_says_so(cast: World) -> None:
    page = signed_in_as(cast.farah).get(reverse("documents-attention")).content.decode()
    assert "no document is in quarantine" in page
    assert "No scanner for malware is configured" in page
