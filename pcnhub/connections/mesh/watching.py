"""Once an hour: does the exchange answer for the mailbox, were reports fetched, and is somebody owed an answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from pcnhub.care.writeback import operations as writeback
from pcnhub.connections.mesh.client import Mailbox, opened
from pcnhub.connections.mesh.configuration import configuration
from pcnhub.connections.mesh.models import Outgoing
from pcnhub.connections.mesh.receiving import note_contact
from pcnhub.connections.mesh.refusals import NotExchanged, SaidNo
from pcnhub.connections.mesh.states import WAITS_FOR_ANSWER, Kind, OutState
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

MOST_TRACKED = 200


def greet(*, actor: Actor, now: datetime) -> None:
    """The handshake, which the exchange asks for once a day at least; its result is what readiness shows."""
    with unit_of_work(actor):
        settings = configuration()
        box = settings.box_of(actor.organisation.ods_code)
        if box is None:
            return
        try:
            with opened(settings, actor.organisation.ods_code) as mailbox:
                mailbox.handshake()
        except NotExchanged as failure:
            note_contact(actor=actor, now=now, box=box, failure=failure)
        else:
            note_contact(actor=actor, now=now, box=box)


def watch(*, actor: Actor, now: datetime) -> int:
    """Mark what was fetched, and tell a person of every report whose answers are late; of how many."""
    with unit_of_work(actor):
        _track(actor, now)
        return _alarm(actor, now)


def _track(actor: Actor, now: datetime) -> None:
    settings = configuration()
    if settings.box_of(actor.organisation.ods_code) is None:
        return
    sent = Outgoing.objects.select_for_update().filter(
        organisation=actor.organisation.id, state=OutState.SENT, sent_at__lt=now - timedelta(minutes=30)
    )
    rows = list(sent.order_by("sent_at")[:MOST_TRACKED])
    if not rows:
        return
    try:
        with opened(settings, actor.organisation.ods_code) as mailbox:
            for row in rows:
                if _is_fetched(mailbox, row):
                    row.state, row.state_changed_at = OutState.COLLECTED, now
                    row.save(update_fields=["state", "state_changed_at"])
    except NotExchanged:
        return  # the handshake says so; here nothing is lost by looking again in an hour


def _is_fetched(mailbox: Mailbox, row: Outgoing) -> bool:
    try:
        return mailbox.track(row.message_id).is_fetched
    except SaidNo as no:
        if no.said_code not in ("404", "410"):
            raise
        return False  # the exchange has forgotten this one; those after it are still to be asked about


def _alarm(actor: Actor, now: datetime) -> int:
    """Both acknowledgements are owed within the hours that were set (GPCM-SD-095); said once a report."""
    until = now - timedelta(hours=configuration().answer_hours)
    late = Outgoing.objects.select_for_update().filter(
        organisation=actor.organisation.id,
        kind=Kind.REPORT,
        state__in=WAITS_FOR_ANSWER,
        queued_at__lte=until,
        alarmed_at__isnull=True,
    )
    told = 0
    for row in late.order_by("queued_at"):
        assert row.copy_id is not None  # noqa: S101 - a report has its copy: a constraint says so
        row.alarmed_at = now
        row.save(update_fields=["alarmed_at"])
        told += writeback.report_unanswered(actor=actor, now=now, copy_id=row.copy_id)
    return told
