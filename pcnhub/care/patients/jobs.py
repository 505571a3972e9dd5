"""What the room does when it hears of something, acting for a hub: its temporary registrations follow the practices', and end
when their time is over."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations.queries import networks, organisation_refs, practices_of, system_actor_for
from pcnhub.care.organisations.rules import OrganisationKind
from pcnhub.care.patients.operations import follow_practice, heed, lapse
from pcnhub.care.patients.operations.imports.checking import check_or_stop
from pcnhub.care.patients.operations.imports.filing import ask_again, file_people
from pcnhub.care.patients.operations.imports.moving import note_moved
from pcnhub.care.patients.operations.imports.receiving import forget_files, remove_dropped
from pcnhub.care.patients.operations.imports.taking import commit_or_stop
from pcnhub.care.patients.operations.imports.undoing import take_back_or_stop
from pcnhub.care.patients.operations.protected import look_again, tell_who_may_know
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.jobs.outbox import Told, publish
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared


def on_imported(told: Told) -> None:
    """A practice of the hub brought in a new list. What it protects comes last: following must not undo it. Whom nobody has
    traced comes first of that: who may know is told of each that is closed, and of none that was closed before."""
    _follow(told, told.payload["practice_id"])
    look_again(actor=told.actor, now=told.now)
    heed(actor=told.actor, now=told.now)


def on_registered_untraced(told: Told) -> None:
    """Somebody unknown gave the hub a number: where it is a protected person's, who may know of them is told. A practice may
    have said so in the moment in which they were written down: so it is looked at again."""
    tell_who_may_know(actor=told.actor, now=told.now, patient_ids=[told.payload["patient_id"]])
    look_again(actor=told.actor, now=told.now)
    heed(actor=told.actor, now=told.now)


def on_sharing_activated(told: Told) -> None:
    """A side of an agreement by which the hub learns of patients became active: what changed meanwhile is caught up with."""
    if told.payload["kind"] == AgreementKind.APPOINTMENTS:
        look_again(actor=told.actor, now=told.now)
        heed(actor=told.actor, now=told.now)
    if told.payload["kind"] != AgreementKind.CARE_RECORD:
        return
    hub, acted = told.actor.organisation.id, told.payload["organisation_id"]
    everyone = (practice.id for practice in practices_of(hub_id=hub, day=london_date(told.now)))
    for practice_id in everyone if acted == hub else (acted,):
        _follow(told, practice_id)


def on_lapse_due(told: Told) -> None:
    """Whom an older release wrote down, or who was written down in a bad moment, stays open for a day at most."""
    lapse(actor=told.actor, now=told.now)
    look_again(actor=told.actor, now=told.now)


def ask_to_lapse(now: datetime) -> None:
    """Once a day for each hub, however many workers ask."""
    day = london_date(now)
    for network in networks(day=day):
        actor = system_actor_for(organisation_id=network.hub.id)
        with unit_of_work(actor):
            publish(
                actor=actor,
                now=now,
                fact="patients.lapse-due",
                key=f"{network.hub.id}:{day:%Y%m%d}",
                payload={"hub_id": network.hub.id},
            )


def on_import_received(told: Told) -> None:
    check_or_stop(actor=told.actor, now=told.now, batch_id=told.payload["batch_id"], attempt=told.attempt)


def on_import_checked(told: Told) -> None:
    """A file that this hub brought was checked by its practice."""
    note_moved(actor=told.actor, now=told.now, batch_id=told.payload["batch_id"])


def on_import_asked(told: Told) -> None:
    commit_or_stop(actor=told.actor, now=told.now, batch_id=told.payload["batch_id"], attempt=told.attempt)


def on_import_undo_asked(told: Told) -> None:
    take_back_or_stop(actor=told.actor, now=told.now, batch_id=told.payload["batch_id"], attempt=told.attempt)


def on_import_dropped(told: Told) -> None:
    remove_dropped(actor=told.actor, now=told.now, batch_id=told.payload["batch_id"])


def on_people_to_file(told: Told) -> None:
    file_people(actor=told.actor, now=told.now, batch_id=told.payload["batch_id"], after=told.payload["after"])


def on_forget_due(told: Told) -> None:
    """What is done once a day for each practice's imports."""
    forget_files(actor=told.actor, now=told.now)
    ask_again(actor=told.actor, now=told.now)


def ask_to_forget(now: datetime) -> None:
    """Once a day for each practice, however many workers ask: files whose time is over are removed."""
    day = london_date(now)
    for practice in organisation_refs(kind=OrganisationKind.PRACTICE):
        actor = system_actor_for(organisation_id=practice.id)
        with unit_of_work(actor):
            publish(
                actor=actor,
                now=now,
                fact="patients.forget-due",
                key=f"{practice.id}:{day:%Y%m%d}",
                payload={"practice_id": practice.id},
            )


def _follow(told: Told, practice_id: int) -> None:
    try:
        follow_practice(actor=told.actor, now=told.now, practice_id=practice_id)
    except NotShared:  # nothing of this practice's may be read yet: its activation tells the hub again
        return
