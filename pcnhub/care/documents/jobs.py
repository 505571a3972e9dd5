"""What the worker does for documents: test documents are made and tried, once a day for each hub; what was taken without a
scanner is looked at once there is one; what was found altered is put on the list of who holds it."""

from __future__ import annotations

import time
from datetime import datetime

from django.conf import settings

from pcnhub.care.documents import operations
from pcnhub.care.documents.operations.opening import note_altered
from pcnhub.care.documents.operations.quarantine import quarantine_same
from pcnhub.care.documents.operations.scanning import ask_for_scans
from pcnhub.care.documents.queries.testing import keeping_documents_here
from pcnhub.care.organisations.queries import network_of_hub, networks, organisation_refs, system_actor_for
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, publish
from pcnhub.foundations.kernel.local_time import london_date


def on_test_document_wanted(told: Told) -> None:
    """As the practice: a hub found no test document here. It is told to try again."""
    operations.make_test_document(actor=told.actor, now=told.now)
    publish(
        actor=told.actor,
        now=told.now,
        fact="documents.try-due",
        key=f"{told.payload['hub_id']}:{told.job_id}",
        payload={"hub_id": told.payload["hub_id"], "practice_id": told.actor.organisation.id},
        organisation_id=told.payload["hub_id"],
    )


def on_try_due(told: Told) -> None:
    """As the hub: one practice, or all whose documents are on this platform."""
    only = told.payload.get("practice_id")
    members = network_of_hub(hub_id=told.actor.organisation.id, day=london_date(told.now)).members
    here = keeping_documents_here([each.id for each in members if only in (None, each.id)])
    operations.try_test_documents(
        actor=told.actor,
        now=told.now,
        holder_ids=sorted(here),
        stopwatch=time.perf_counter,
    )


def on_altered(told: Told) -> None:
    note_altered(actor=told.actor, now=told.now, document_id=told.payload["document_id"])


def on_malware_found(told: Told) -> None:
    """As each organisation: somebody here held bytes that are harmful."""
    quarantine_same(actor=told.actor, now=told.now, malware_id=told.payload["malware_id"])


def ask_to_scan(now: datetime) -> None:
    """Harmless when several workers start it: a document is asked about once."""
    if settings.CLAMD:
        for organisation in organisation_refs():
            ask_for_scans(actor=system_actor_for(organisation_id=organisation.id), now=now)


def ask_to_try(now: datetime) -> None:
    """Once a day for each hub, however many workers ask (CHK-41 is daily)."""
    day = london_date(now)
    for network in networks(day=day):
        actor = system_actor_for(organisation_id=network.hub.id)
        with unit_of_work(actor):
            publish(
                actor=actor,
                now=now,
                fact="documents.try-due",
                key=f"{network.hub.id}:{day:%Y%m%d}",
                payload={"hub_id": network.hub.id},
            )
