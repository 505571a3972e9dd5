"""Whether a hub can open what its practices share, tried with a document of no patient (CHK-40)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

from pcnhub.care.documents.models import Opening, TestDocument
from pcnhub.care.documents.operations.keeping import keep
from pcnhub.care.documents.operations.opening import Stopwatch
from pcnhub.care.documents.queries.testing import NoTestDocument, open_test_document
from pcnhub.care.organisations.queries import organisation_ref
from pcnhub.care.organisations.rules import Permission, require
from pcnhub.foundations.audit import trail
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import publish, publish_once
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Refusal

_LINES = 2000  # about 130 KB: the size of a scanned letter's page


def make_test_document(*, actor: Actor, now: datetime) -> None:
    """The acting practice's test document, made once: random text, so that no other has its checksum."""
    with unit_of_work(actor):
        take_turn("documents.test", actor.organisation.id)
        if TestDocument.objects.filter(organisation=actor.organisation.id).exists():
            return
        head = f"Test document of {actor.organisation.ods_code}. It is about nobody."
        text = "\n".join([head, *(secrets.token_hex(32) for _ in range(_LINES))]).encode()
        kept = keep(text, organisation_id=actor.organisation.id, brought_by=actor.organisation.id, now=now)
        made = TestDocument.objects.create(
            organisation_id=actor.organisation.id, content=kept, sha256=kept.sha256, made_at=now
        )
        trail.record(
            actor=actor, now=now, action="documents.test-made", subject=trail.Subject("test document", made.pk)
        )


def try_test_documents(
    *, actor: Actor, now: datetime, holder_ids: Iterable[int], stopwatch: Stopwatch
) -> dict[int, str]:
    """Open the test document of each of these practices, as the acting hub; what came of each is kept, and answered by
    practice: empty, or the code of the refusal. Who has none is asked to make one, and is tried again after that. Raises
    NotPermitted."""
    require(actor=actor, permission=Permission.VIEW_READINESS)
    return {each: _tried(each, actor=actor, now=now, stopwatch=stopwatch) for each in holder_ids}


def _tried(holder_id: int, *, actor: Actor, now: datetime, stopwatch: Stopwatch) -> str:
    with unit_of_work(actor):
        started, expected, found = stopwatch(), "", ""
        problem: Refusal | None = None
        try:
            content, expected = open_test_document(actor=actor, now=now, holder_id=holder_id)
            found = hashlib.sha256(content).hexdigest()
        except NoTestDocument as refusal:
            problem = refusal
            publish(
                actor=actor,
                now=now,
                fact="documents.test-document-wanted",
                key=f"{actor.organisation.id}:{holder_id}:{now:%Y%m%d%H%M}",
                payload={"hub_id": actor.organisation.id},
                organisation_id=organisation_ref(id=holder_id).id,
            )
        except Refusal as refusal:
            problem = refusal
        Opening.objects.create(
            organisation_id=actor.organisation.id,
            holder_id=holder_id,
            at=now,
            milliseconds=round((stopwatch() - started) * 1000),
            is_test=True,
            expected_sha256=expected,
            found_sha256=found,
            problem=problem.code if problem else "",
            sentence=problem.sentence() if problem else "",
        )
        publish_once(actor=actor, now=now, fact="documents.tried")
        return problem.code if problem else ""
