"""Documents go to the scanner before anybody opens them; what it finds is put in quarantine, with work for a person."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from pcnhub.care.documents.jobs import ask_to_scan
from pcnhub.care.documents.models import Document
from pcnhub.care.documents.operations import ScanAnswer, attach, mark_in_error, scanned, settle
from pcnhub.care.documents.queries import NotToBeOpened, attention, open_document
from pcnhub.care.organisations.queries import system_actor_for
from pcnhub.connections.clamd.client import ScannerRefused, ScannerUnreachable, ping, scan
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.models import Job
from pcnhub.foundations.jobs.worker import Worker
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted
from tests.cast import CLINICIAN, NOW, World, person, world
from tests.connections.clamd.counterpart import LONGEST, SIGN, clamd

BAD = b"Dear colleague, " + SIGN


def test_the_wire_over_tcp_and_over_a_socket(tmp_path: Path) -> None:
    with clamd() as tcp, clamd(tmp_path / "clamd.ctl") as unix:
        for address in (tcp, unix):
            assert ping(address=address, seconds=5)
            assert scan(b"", address=address, seconds=5).is_clean
            assert scan(b"x" * 600_000, address=address, seconds=5).words == "stream: OK"
            found = scan(BAD, address=address, seconds=5)
            assert (found.is_clean, found.words) == (False, "Eicar-Test-Signature")
            with pytest.raises(ScannerRefused):
                scan(b"x" * (LONGEST + 1), address=address, seconds=5)


@pytest.mark.parametrize("answer", [b"", b"stream: something ERROR\0", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_no_clear_answer_is_never_taken_for_clean(answer: bytes) -> None:
    with clamd(answer=answer) as address, pytest.raises(ScannerUnreachable):
        scan(b"x", address=address, seconds=5)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(ScannerUnreachable, match="does not answer"):
        scan(b"x", address=str(tmp_path / "nothing"), seconds=1)


@pytest.fixture
def cast(db: None) -> World:
    return world()


def attached(cast: World, content: bytes = b"Letter", title: str = "Letter") -> int:
    return attach(
        actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk, title=title, file=io.BytesIO(content),
        file_name="a.txt", kind="letter",
    )  # fmt: skip


def worked() -> None:
    Worker("test", actor_for).drain(now=NOW)


def actor_for(organisation_id: int, request_id: str) -> Actor:
    return system_actor_for(organisation_id=organisation_id, name="worker", request_id=request_id)


def test_closed_until_the_scanner_has_answered_then_open_with_its_words(cast: World, settings: Any) -> None:
    with clamd() as settings.CLAMD:
        made = attached(cast)
        with pytest.raises(NotToBeOpened, match="still being looked at"):
            open_document(actor=cast.farah, now=NOW, document_id=made)
        assert attention(actor=cast.farah, now=NOW).total == 1
        worked()
    view = open_document(actor=cast.farah, now=NOW, document_id=made).document
    assert (view.scan, view.scan_answer, view.scanned_at) == ("clean", "stream: OK", NOW)


def test_a_find_is_put_in_quarantine_with_every_copy_and_waits_for_a_person(cast: World, settings: Any) -> None:
    before = attached(cast, BAD, "Taken before there was a scanner")
    with clamd() as settings.CLAMD:
        made = attached(cast, BAD)
        worked()
    for each in (before, made):
        with pytest.raises(NotToBeOpened, match="in quarantine"):
            open_document(actor=cast.farah, now=NOW, document_id=each)
    page = attention(actor=cast.farah, now=NOW)
    assert {view.scan_answer for view in page.documents} == {"Eicar-Test-Signature"}
    mark_in_error(actor=cast.farah, now=NOW, document_id=before, reason="Malware")
    with pytest.raises(NotToBeOpened):
        open_document(actor=cast.farah, now=NOW, document_id=before)
    with pytest.raises(InvalidInput):
        settle(actor=cast.farah, now=NOW, document_id=made, reason="")
    settle(actor=cast.farah, now=NOW, document_id=made, reason="Asked for a clean copy")
    with pytest.raises(Conflict):
        settle(actor=cast.farah, now=NOW, document_id=made, reason="Again")
    assert attention(actor=cast.farah, now=NOW).total == 0
    with unit_of_work(cast.farah):
        assert AuditEvent.objects.filter(action="documents.quarantined").count() == 2


def test_what_was_found_once_is_opened_by_nobody_again_with_or_without_a_scanner(cast: World, settings: Any) -> None:
    gita = person("gita", cast.birch, CLINICIAN)
    at_birch = attach(
        actor=gita, now=NOW, patient_id=cast.patient_of_birch.pk, title="Same bytes", file=io.BytesIO(BAD),
        file_name="b.txt", kind="letter",
    )  # fmt: skip
    with clamd() as settings.CLAMD:
        before = attached(cast, BAD)
        worked()
    settings.CLAMD = ""
    after = attached(cast, BAD, "Taken after the scanner was switched off")
    scanned(actor=cast.farah, now=NOW, document_id=before, answer=ScanAnswer(is_clean=True, words="stream: OK"))
    for actor, each in ((cast.farah, before), (cast.farah, after), (gita, at_birch)):
        with unit_of_work(actor):
            row = Document.objects.get(pk=each)
            assert (row.scan, row.state, row.scan_answer) == ("found", "quarantined", "Eicar-Test-Signature")
            Document.objects.filter(pk=each).update(scan="not-scanned", state="kept")  # whatever the row says
        with pytest.raises(NotToBeOpened, match="in quarantine"):
            open_document(actor=actor, now=NOW, document_id=each)
    other = attached(cast, b"Dear colleague", "Other bytes")
    assert open_document(actor=cast.farah, now=NOW, document_id=other).content == b"Dear colleague"


def test_what_was_taken_without_a_scanner_is_looked_at_once_there_is_one(cast: World, settings: Any) -> None:
    clean, bad = attached(cast), attached(cast, BAD, "Another")
    ask_to_scan(NOW)
    assert not Job.objects.filter(fact="documents.scan-due").exists(), "no scanner, nothing to ask"
    with clamd() as settings.CLAMD:
        for _ in range(2):
            ask_to_scan(NOW)
        assert open_document(actor=cast.farah, now=NOW, document_id=clean).document.scan == "not-scanned"
        worked()
        ask_to_scan(NOW)
    assert open_document(actor=cast.farah, now=NOW, document_id=clean).document.scan == "clean"
    with pytest.raises(NotToBeOpened, match="in quarantine"):
        open_document(actor=cast.farah, now=NOW, document_id=bad)
    assert Job.objects.filter(fact="documents.scan-due").count() == 2


def test_while_the_scanner_is_away_the_document_stays_closed_and_is_asked_about_again(
    cast: World, settings: Any, tmp_path: Path
) -> None:
    settings.CLAMD = str(tmp_path / "nothing")
    made = attached(cast)
    worked()
    job = Job.objects.get(fact="documents.scan-due")
    assert (job.state, job.error_code) == ("ready", "scanner-unreachable")
    with pytest.raises(NotToBeOpened):
        open_document(actor=cast.farah, now=NOW, document_id=made)


def test_without_a_scanner_the_setting_decides(cast: World, settings: Any) -> None:
    with unit_of_work(cast.farah):
        assert Document.objects.get(pk=attached(cast)).scan == "not-scanned"
    settings.UNSCANNED_DOCUMENTS = "refuse"
    with pytest.raises(InvalidInput) as refusal:
        attached(cast, b"Another")
    assert [problem.code for problem in refusal.value.problems] == ["no-scanner"]


def test_nobody_else_says_what_the_scanner_found(cast: World) -> None:
    made = attached(cast)
    for stranger in (cast.charlie, cast.efe, cast.bilal):
        with pytest.raises((NotFound, NotPermitted)):
            scanned(actor=stranger, now=NOW, document_id=made, answer=ScanAnswer(is_clean=False, words="x"))
        with pytest.raises((NotFound, NotPermitted)):
            settle(actor=stranger, now=NOW, document_id=made, reason="x")
