"""A document is kept once, sealed, and opened as it was kept, or not at all."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from django.db import ProgrammingError, transaction
from hypothesis import HealthCheck, example, given
from hypothesis import settings as tries
from hypothesis import strategies as st

from pcnhub.care.documents.models import Content, Document, Piece
from pcnhub.care.documents.models.sealing import PIECE, SEAL, place_of
from pcnhub.care.documents.operations import attach, attach_made, mark_in_error, open_measured
from pcnhub.care.documents.operations.keeping import keep
from pcnhub.care.documents.operations.opening import note_altered
from pcnhub.care.documents.queries import ContentAltered, attention, documents_of, open_document
from pcnhub.care.documents.queries.content import bytes_of
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, NotPermitted
from tests.cast import NOW, World, system_for, world

pytestmark = pytest.mark.django_db
LETTER = b"Dear colleague,\nthank you for seeing Jane.\n"


@pytest.fixture
def cast() -> World:
    return world()


def letter(
    cast: World, *, actor: Actor | None = None, content: bytes = LETTER, title: str = "Letter", **more: Any
) -> int:
    return attach(
        actor=actor or cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk, title=title, file=io.BytesIO(content),
        file_name="letter.txt", kind="letter", **more,
    )  # fmt: skip


def test_what_is_attached_is_opened_unchanged_and_on_record(cast: World) -> None:
    made = letter(cast)
    opened = open_document(actor=cast.farah, now=NOW, document_id=made)
    assert (opened.content, opened.content_type) == (LETTER, "text/plain")
    assert opened.sha256 == hashlib.sha256(LETTER).hexdigest()
    with unit_of_work(cast.farah):
        event = AuditEvent.objects.get(action="documents.opened")
    assert (event.subject_id, event.patient_id) == (made, cast.patient_of_ash.pk)


def test_the_same_bytes_are_kept_once_and_never_in_the_clear(cast: World) -> None:
    letter(cast)
    letter(cast, title="The same under another name")
    with unit_of_work(cast.farah):
        assert (Content.objects.count(), Document.objects.count()) == (1, 2)
        assert LETTER[:10] not in bytes(Piece.objects.get().sealed)


def test_a_button_pressed_twice_attaches_once(cast: World) -> None:
    assert letter(cast) == letter(cast)


@tries(max_examples=8, suppress_health_check=list(HealthCheck))
@given(content=st.binary(max_size=2000), copies=st.sampled_from([1, 600]))
@example(content=b"", copies=1)
@example(content=b"x" * 1024, copies=1024)
@example(content=b"x" * 1024 + b"y", copies=2048)
def test_any_bytes_of_any_size_come_back_as_they_were(content: bytes, copies: int) -> None:
    whole = content * copies
    sid = transaction.savepoint()
    cast = _small_world()
    with unit_of_work(cast):
        kept = keep(whole, organisation_id=cast.organisation.id, brought_by=cast.organisation.id, now=NOW)
        assert bytes_of(Content.objects.get(pk=kept.pk), expected=hashlib.sha256(whole).hexdigest()) == whole
        assert Piece.objects.filter(content=kept).count() == -(-len(whole) // PIECE)
    transaction.savepoint_rollback(sid)


def _small_world() -> Actor:
    from tests.cast import organisation

    return system_for(organisation("A81001", "Ash Lane Surgery", "practice"))  # type: ignore[arg-type]


def test_a_changed_byte_is_refused_put_on_record_and_told(cast: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _kept_wrongly(cast, lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]))
    with pytest.raises(ContentAltered):
        open_measured(actor=cast.farah, now=NOW, document_id=made, stopwatch=lambda: 0.0)
    with unit_of_work(cast.farah):
        event = AuditEvent.objects.get(action="documents.opening-refused")
    assert (event.reason, event.subject_id) == ("document-altered", made)
    for _ in range(2):
        note_altered(actor=system_for(cast.ash), now=NOW, document_id=made)
    assert [each.id for each in attention(actor=cast.farah, now=NOW).documents] == [made]
    monkeypatch.setattr("pcnhub.care.documents.queries.opening.bytes_of", lambda *_, **__: LETTER)
    open_measured(actor=cast.farah, now=NOW, document_id=made, stopwatch=lambda: 0.0)
    assert attention(actor=cast.farah, now=NOW).total == 0, "restored"


def test_bytes_that_were_exchanged_under_a_true_seal_are_refused(cast: World) -> None:
    """The checksum's negative control: the seal alone would let these through."""
    sha = hashlib.sha256(LETTER).hexdigest()
    other = SEAL.close(LETTER.replace(b"Jane", b"Joan"), place=place_of(cast.ash.pk, sha, 0))
    made = _kept_wrongly(cast, lambda _: other)
    with pytest.raises(ContentAltered):
        open_document(actor=cast.farah, now=NOW, document_id=made)


def _kept_wrongly(cast: World, changed: object) -> int:
    """A document whose piece is not what was sealed, as if altered at rest: nobody may update one."""
    sha = hashlib.sha256(LETTER).hexdigest()
    sealed = SEAL.close(LETTER, place=place_of(cast.ash.pk, sha, 0))
    with unit_of_work(cast.farah):
        content = Content.objects.create(
            organisation=cast.ash, brought_by=cast.ash, sha256=sha, size=len(LETTER), kept_at=NOW
        )
        Piece.objects.create(organisation=cast.ash, content=content, number=0, sealed=changed(sealed))  # type: ignore[operator]
    return letter(cast)


@pytest.mark.parametrize("statement", ["update documents_piece set sealed = ''", "delete from documents_content"])
def test_bytes_are_neither_changed_nor_removed(cast: World, statement: str) -> None:
    from django.db import connection

    letter(cast)
    with (
        unit_of_work(cast.farah),
        pytest.raises(ProgrammingError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_marked_in_error_it_stays_with_the_reason_out_of_the_list(cast: World) -> None:
    made = letter(cast)
    with pytest.raises(InvalidInput):
        mark_in_error(actor=cast.farah, now=NOW, document_id=made, reason=" ")
    mark_in_error(actor=cast.farah, now=NOW, document_id=made, reason="Another Jane Smith's")
    with pytest.raises(Conflict):
        mark_in_error(actor=cast.farah, now=NOW, document_id=made, reason="Again")
    assert documents_of(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk).total == 0
    (old,) = documents_of(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk, with_old=True).documents
    assert (old.state, old.in_error_reason) == ("in-error", "Another Jane Smith's")
    assert open_document(actor=cast.farah, now=NOW, document_id=made).content == LETTER


def test_a_newer_version_replaces_and_the_older_is_kept(cast: World) -> None:
    first = letter(cast)
    second = letter(cast, content=b"Corrected", replaces_id=first)
    with pytest.raises(Conflict):
        letter(cast, content=b"By somebody else", replaces_id=first)
    page = documents_of(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk, with_old=True)
    assert [(each.id, each.version, each.is_replaced) for each in page.documents] == [
        (second, 2, False),
        (first, 1, True),
    ]
    assert open_document(actor=cast.farah, now=NOW, document_id=first).content == LETTER


def test_what_is_made_here_twice_is_one_and_changed_a_new_version(cast: World) -> None:
    def make(content: bytes) -> int:
        return attach_made(
            actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk, title="Letter", content=content,
            content_type="application/pdf", kind="letter", source_key="letter:1",
        )  # fmt: skip

    first = make(b"%PDF-1")
    assert make(b"%PDF-1") == first
    second = make(b"%PDF-2")
    page = documents_of(actor=cast.farah, now=NOW, patient_id=cast.patient_of_ash.pk)
    assert [each.id for each in page.documents] == [second]
    assert page.documents[0].scan == "made-here"


def test_nobody_else_gets_in(cast: World) -> None:
    made = letter(cast)
    for stranger in (cast.charlie, cast.efe, cast.bilal):
        with pytest.raises((NotFound, NotPermitted)):
            open_document(actor=stranger, now=NOW, document_id=made)
        with pytest.raises((NotFound, NotPermitted)):
            letter(cast, actor=stranger)
        with pytest.raises((NotFound, NotPermitted)):
            mark_in_error(actor=stranger, now=NOW, document_id=made, reason="x")
    with pytest.raises(NotPermitted):
        documents_of(actor=cast.ada, now=NOW, patient_id=cast.patient_of_ash.pk)


def test_under_a_new_secret_key_the_former_one_still_opens(cast: World, settings: Any) -> None:
    made, former = letter(cast), settings.SECRET_KEY
    settings.SECRET_KEY = "another " * 10
    with pytest.raises(ContentAltered):
        open_document(actor=cast.farah, now=NOW, document_id=made)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert open_document(actor=cast.farah, now=NOW, document_id=made).content == LETTER
