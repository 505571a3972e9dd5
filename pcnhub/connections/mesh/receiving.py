"""Looking into a mailbox: what waits is taken in, each message in a unit of work of its own, and only then forgotten there.

First the message and all that it brings about are committed, then the exchange is told that it may forget it. So a worker that
dies between the two takes the same message in again, knows it by its number, and loses nothing and does nothing twice.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from pcnhub.connections.mesh import sealing
from pcnhub.connections.mesh.answers import settle_answer, settle_report
from pcnhub.connections.mesh.client import Fetched, opened
from pcnhub.connections.mesh.configuration import Box, configuration
from pcnhub.connections.mesh.filing import file_report
from pcnhub.connections.mesh.mapping.words import REPORT, REPORT_ANSWER
from pcnhub.connections.mesh.models import Contact, Incoming, Outgoing
from pcnhub.connections.mesh.outcomes import Outcome
from pcnhub.connections.mesh.refusals import NotExchanged
from pcnhub.connections.mesh.states import InState, OutState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import PermanentFailure, publish
from pcnhub.foundations.kernel.actors import Actor

KEPT = "mesh-message-kept"


def poll(*, actor: Actor, now: datetime) -> int:
    """See what waits, and have each message taken in; how many. The exchange's silence is noted, and asked again soon."""
    with unit_of_work(actor):
        settings = configuration()
        box = settings.box_of(actor.organisation.ods_code)
        if box is None:
            return 0
        try:
            with opened(settings, actor.organisation.ods_code) as mailbox:
                waiting = mailbox.waiting()
        except NotExchanged as failure:
            note_contact(actor=actor, now=now, box=box, failure=failure)
            return 0
        note_contact(actor=actor, now=now, box=box)
        for message_id in waiting:
            publish(
                actor=actor,
                now=now,
                fact="mesh.arrived",
                key=f"{box.mailbox}:{message_id}",
                payload={"message_id": message_id},
            )
        _resume(actor, now, box)
        return len(waiting)


def _resume(actor: Actor, now: datetime, box: Box) -> None:
    """What waited for a mailbox goes, now that there is one: each by itself, so that one that can't be built holds up neither
    the others nor the looking into the mailbox."""
    for row in Outgoing.objects.filter(organisation=actor.organisation.id, state=OutState.NOT_CONFIGURED):
        publish(
            actor=actor,
            now=now,
            fact="mesh.mailbox-set",
            key=f"{row.pk}:{box.mailbox}:{now:%Y%m%d}",
            payload={"copy_id": row.copy_id},
        )


def take_in(*, actor: Actor, now: datetime, message_id: str) -> None:
    """Fetch one message and do what it asks. Raises NoMailbox, NoAnswer, SaidNo."""
    with unit_of_work(actor):
        settings = configuration()
        with opened(settings, actor.organisation.ods_code) as mailbox:
            box = mailbox.box
            if _is_here(actor, box, message_id):
                return
            fetched = mailbox.fetch(message_id)
        if fetched is None:
            return
        row = Incoming(
            organisation_id=actor.organisation.id,
            mailbox=box.mailbox,
            message_id=message_id,
            workflow_id=fetched.workflow_id,
            is_report_of_exchange=fetched.is_report,
            sha256=hashlib.sha256(fetched.body).hexdigest(),
            sealed=sealing.close(fetched.headers, fetched.body, place=place_of(box.mailbox, message_id)),
            state=InState.KEPT,
            received_at=now,
        )
        row.save()
        _settle(actor, now, row, fetched, box)
        publish(actor=actor, now=now, fact="mesh.taken", key=str(row.pk), payload={"incoming_id": row.pk})
        if row.state == InState.KEPT:
            publish(actor=actor, now=now, fact="mesh.kept", key=str(row.pk), payload={"incoming_id": row.pk})


def acknowledge(*, actor: Actor, now: datetime, incoming_id: int) -> None:
    """Tell the exchange that it may forget what is committed here. Raises NoMailbox, NoAnswer, SaidNo."""
    with unit_of_work(actor):
        row = Incoming.objects.select_for_update().get(pk=incoming_id, organisation=actor.organisation.id)
        if row.acknowledged_at is not None:
            return
        with opened(configuration(), actor.organisation.ods_code) as mailbox:
            mailbox.acknowledge(row.message_id)
        row.acknowledged_at = now
        row.save(update_fields=["acknowledged_at"])


def read_again(*, actor: Actor, now: datetime, incoming_id: int) -> None:
    """A message that nobody could make sense of stays with a person; tried again, it is read anew.

    Raises PermanentFailure while it can't be read: so it stands on the page of failed work until somebody decides.
    """
    with unit_of_work(actor):
        row = Incoming.objects.select_for_update().get(pk=incoming_id, organisation=actor.organisation.id)
        box = configuration().box_of(actor.organisation.ods_code)
        if row.state == InState.KEPT and box is not None:
            headers, body = sealing.reopen(row.sealed, place=place_of(row.mailbox, row.message_id))
            fetched = Fetched(
                message_id=row.message_id,
                sender=headers["sender"],
                workflow_id=row.workflow_id,
                local_id=headers["local_id"],
                is_report=row.is_report_of_exchange,
                linked_id=headers["linked_id"],
                status_code=headers["status_code"],
                subject=headers["subject"],
                body=body,
            )
            _settle(actor, now, row, fetched, box)
        if row.state == InState.KEPT:
            raise PermanentFailure(
                f"A message from the mailbox fits nothing here: {row.said or 'its workflow is not one that is taken here.'}",
                code=KEPT,
                remedy="Ask its sender what it is about (docs/operate/mesh.md), then drop this with your reason.",
            )


def note_contact(*, actor: Actor, now: datetime, box: Box, failure: NotExchanged | None = None) -> None:
    """The exchange answered for a mailbox, or didn't."""
    facts: dict[str, object] = (
        {"answered_at": now, "code": "", "said": ""}
        if failure is None
        else {"failed_at": now, "code": failure.code, "said": failure.message}
    )
    Contact.objects.update_or_create(mailbox=box.mailbox, defaults=facts | {"organisation_id": actor.organisation.id})


def _is_here(actor: Actor, box: Box, message_id: str) -> bool:
    here = Incoming.objects.filter(organisation=actor.organisation.id, mailbox=box.mailbox, message_id=message_id)
    return here.exists()


def _settle(actor: Actor, now: datetime, row: Incoming, fetched: Fetched, box: Box) -> None:
    outcome = _outcome(actor, now, row, fetched, box)
    row.state, row.code, row.said = outcome.state, outcome.code, outcome.said
    row.settles, row.document_id, row.patient_id = outcome.settles, outcome.document_id, outcome.patient_id
    row.save(update_fields=["state", "code", "said", "settles", "document_id", "patient"])


def _outcome(actor: Actor, now: datetime, row: Incoming, fetched: Fetched, box: Box) -> Outcome:
    if fetched.is_report:
        return settle_report(actor=actor, now=now, fetched=fetched)
    if fetched.workflow_id == REPORT_ANSWER:
        return settle_answer(actor=actor, now=now, fetched=fetched)
    if fetched.workflow_id == REPORT:
        return file_report(actor=actor, now=now, fetched=fetched, incoming=row, box=box)
    return Outcome(InState.KEPT, "", "")


def place_of(mailbox: str, message_id: str) -> str:
    """What a message from a mailbox is sealed for."""
    return f"{mailbox}:{message_id}"
