"""Given a letter, when a practice attaches it, then the hub's clinician opens it unchanged, files their own to the consultation,
and who filed it wrongly takes it back."""

from __future__ import annotations

import struct
import zlib

import pytest
from django.utils import timezone

from pcnhub.care.consultations.operations import start
from pcnhub.care.documents.operations import make_test_document
from tests.cast import world
from tests.entrances.client import give_permissions
from tests.evening import outcomes, visitor, waiting
from tests.journeys.browser import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


def picture() -> bytes:
    """A PNG of 240 x 160 pixels, from blue to white."""

    def part(kind: bytes, content: bytes) -> bytes:
        return struct.pack("!I", len(content)) + kind + content + struct.pack("!I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + b"".join(bytes([y, min(255, x + 15), 200]) for x in range(240)) for y in range(160))
    head = part(b"IHDR", struct.pack("!IIBBBBB", 240, 160, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def test_a_letter_from_the_practice_to_the_hub_and_back(visit: Visit) -> None:
    cast, now = world(), timezone.now()
    outcomes(cast)
    for actor in (cast.farah, cast.bilal, cast.carys, cast.dilys):
        give_permissions(actor)
    make_test_document(actor=cast.dilys, now=now)
    jane = visitor(cast, cast.patient_of_ash, cast.ash)
    begun = start(actor=cast.bilal, now=now, booking_id=waiting(cast, jane, at=now))
    farah, bilal, carys = visit("farah"), visit("bilal"), visit("carys")

    page = farah.visit(f"/patients/{cast.patient_of_ash.pk}/documents", "documents-empty")
    page.get_by_role("button", name="Attach a document").click()
    farah.press("Attach")
    farah.check("document-add-refused", status=422)
    page.locator("input[type=file]").set_input_files({"name": "rash.png", "mimeType": "image/png", "buffer": picture()})
    page.get_by_label("Title").fill("Photograph of the rash")
    page.get_by_label("Kind").select_option(label="Image")
    farah.press("Attach")
    assert "Not scanned for malware" in farah.check("document").inner_text("main")
    farah.visit(f"/patients/{cast.patient_of_ash.pk}", "patient-with-documents")

    page = bilal.visit(f"/patients/{jane.pk}/documents", "documents-shared")
    page.get_by_role("link", name="Photograph of the rash").click()
    bilal.check("document-shared")
    address = page.get_by_role("button", name="Download").get_attribute("href")
    answer = page.request.get(f"{page.url.partition('/documents')[0]}{address}")
    assert answer.body() == picture()
    assert answer.headers["content-security-policy"].startswith("sandbox")

    page = bilal.visit(f"/consultations/{begun}/documents", "consultation-documents-empty")
    page.get_by_role("button", name="Attach a new document").click()
    page.locator("input[type=file]").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"Advice given"}
    )
    page.get_by_label("Title").fill("Advice sheet")
    page.get_by_label("Kind").select_option(label="Other")
    bilal.press("Attach")
    bilal.check("consultation-documents")
    bilal.visit(f"/consultations/{begun}", "consultation-with-documents")
    bilal.visit(f"/consultations/{begun}/documents")
    bilal.follow("Detach Advice sheet")
    page.get_by_label("Reason").fill("Last week’s sheet")
    bilal.check("document-detach")
    bilal.press("Detach it")
    assert "Last week’s sheet" in bilal.check("consultation-documents-detached").content()

    carys.visit("/documents", "documents-attention")
    carys.visit("/documents/trials", "documents-trials-untried")
    carys.press("Open the test documents now")
    assert "Opened, checksum equal" in carys.check("documents-trials").inner_text("main")
    visit("dilys").visit("/documents/import", "documents-import")
