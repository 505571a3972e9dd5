"""A trace led to the wrong person: what it wrote is taken back, and whoever was booked is to be traced again.

So each link keeps what stood there before it (`TraceAttempt.before`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import ContactOffer, FormerNumber, Merge, Patient, TraceAttempt
from pcnhub.care.patients.operations.holding import held_here
from pcnhub.care.patients.operations.registrations import AlreadySo, note_act, refuse_without_reason
from pcnhub.care.patients.operations.temporary import last_day
from pcnhub.care.patients.operations.traced_rows import put
from pcnhub.care.patients.operations.vocabulary import learn_names
from pcnhub.care.patients.queries.links import standing_link
from pcnhub.care.patients.rules import OfferState, RegistrationState, TraceOutcome, TraceState
from pcnhub.care.patients.rules.contacts import ContactField, columns_of, said_by
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.database.turns import take_turn
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict

SAID = (
    "title", "given_name", "family_name", "previous_family_name", "sex", "address_lines", "postcode", "home_phone",
    "mobile_phone", "work_phone", "email", "contact_sources", "stated_nhs_number", "registered_practice_id",
    "registered_patient_id", "traced_practice_ods", "is_sensitive", "dissents_from_sharing",
)  # fmt: skip


class MergedSince(Conflict):
    """A person merged another entry into this one after the trace: whose that is can't be told by taking the link back."""

    code = "merged-since-trace"
    remedy = "Open the patient, take that merge back first, then say again that this is not the person."
    who_can = "whoever changes registrations at the hub"


@dataclass(frozen=True, slots=True)
class Unlinked:
    """What became of a wrong link: `from_id` is to be traced again, `was_id` is the row that stood for the person until now
    (the same, unless the hub held the number already). `bookings` moved with the link: id -> the practice before it."""

    from_id: int
    was_id: int
    bookings: Mapping[int, int | None]


def as_said(row: Patient) -> dict[str, Any]:
    """What an untraced row says of the person, as JSON."""
    return {name: getattr(row, name) for name in SAID} | {"birth_date": row.birth_date.isoformat()}


def as_reached(row: Patient) -> dict[str, Any]:
    """How a row reaches its person, and on whose word, as JSON."""
    return {"texts": {str(each): text for each, text in said_by(row).items()}, "sources": row.contact_sources}


def keep_moved(*, actor: Actor, attempt_id: int, bookings: Mapping[int, int | None]) -> None:
    """Put down which appointments a link has moved, and the practice that each named before. In the unit of work that links."""
    with unit_of_work(actor):
        row = TraceAttempt.objects.get(pk=attempt_id, organisation=actor.organisation.id)
        row.before = {**(row.before or {}), "bookings": {str(each): practice for each, practice in bookings.items()}}
        row.save(update_fields=["before"])


def undo_link(*, actor: Actor, now: datetime, patient_id: int, reason: str) -> Unlinked:
    """Take back that a trace led to this person; `patient_id` is the row that was asked about.

    It says again what was said of them, is active and untraced, and no run decides it any more. Where the hub held the number
    already, that row keeps its own and loses what the link brought. Whoever moves the appointments calls this. Raises
    InvalidInput, NotPermitted, NotFound, KeptElsewhere, AlreadySo (no link stands), MergedSince.
    """
    refuse_without_reason(reason)
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.TRACE_PATIENTS, now=now)
        take_turn("patients.follow", actor.organisation.id)
        row = held_here(actor=actor, patient_id=patient_id)
        link = standing_link(actor=actor, patient_id=row.pk)
        if link is None or link.before is None or (row.nhs_number is None and row.merged_into_id is None):
            raise AlreadySo("No trace stands that this patient could be taken from.")
        was = held_here(actor=actor, patient_id=row.merged_into_id) if row.merged_into_id else row
        note_act(was, "patients.trace-undone", reason, actor=actor, now=now)
        if was.pk == row.pk:
            _refuse_merged_since(row, link.at)
            FormerNumber.objects.filter(patient=row.pk, since__gte=link.at).delete()
            ContactOffer.objects.filter(patient=row.pk, state=OfferState.OPEN).update(
                state=OfferState.LAPSED, decided_at=now, decided_by=actor.name
            )
        else:
            _part(row, was, link, actor, now, reason)
        _say_again(row, link.before["said"], now)
        TraceAttempt.objects.filter(patient=row.pk, before__isnull=False, undone_at__isnull=True).update(
            undone_at=now, undone_by=actor.name, undo_reason=reason
        )
        TraceAttempt.objects.create(  # a person has looked: no run leads there again
            organisation_id=row.organisation_id,
            patient_id=row.pk,
            at=now,
            by=actor.name,
            source=link.source,
            outcome=TraceOutcome.REJECTED,
            candidates=1,
        )
        learn_names(organisation_id=row.organisation_id, patient_ids=[row.pk])
        if row.pk != was.pk:
            note_act(row, "patients.trace-undone", reason, actor=actor, now=now)
        bookings = {int(each): practice for each, practice in link.before.get("bookings", {}).items()}
        return Unlinked(row.pk, was.pk, bookings)


def _say_again(row: Patient, said: dict[str, Any], now: datetime) -> None:
    put(
        row,
        {name: said[name] for name in SAID}
        | {
            "nhs_number": None,
            "pds_restricts": False,  # of the number that it was led to; of the one that they gave the database looks again
            "birth_date": date.fromisoformat(said["birth_date"]),
            "merged_into_id": None,
            "registration_state": RegistrationState.ACTIVE,
            "left_on": None,
            "died_on": None,
            "ends_on": last_day(now),
            "trace_state": TraceState.UNTRACED,
            "traced_at": None,
            "traced_by": "",
            "trace_basis": "",
            "pds_version": "",
            "trace_holds_until": None,
        },
        now,
    )


def _refuse_merged_since(row: Patient, at: datetime) -> None:
    if Merge.objects.filter(kept=row.pk, undone_at__isnull=True, at__gte=at).exists():
        raise MergedSince("Another entry was merged into this one since it was traced.")


def _part(row: Patient, was: Patient, link: TraceAttempt, actor: Actor, now: datetime, reason: str) -> None:
    """The other row keeps what is its own: what the link brought of how to reach them goes, unless it was changed since."""
    Merge.objects.filter(merged=row.pk, undone_at__isnull=True).update(
        undone_at=now, undone_by=actor.name, undo_reason=reason
    )
    before, sources = (link.before or {}).get("held"), dict(was.contact_sources)
    theirs = (link.before or {})["said"]["contact_sources"]
    columns: dict[str, Any] = {}
    for field in ContactField if before else ():
        name, now_said, then_said = str(field), sources.get(str(field)), (before or {})["sources"].get(str(field))
        if now_said and now_said == theirs.get(name) and now_said != then_said:
            columns |= columns_of(field, (before or {})["texts"][name])
            sources.pop(name)
            sources |= {name: then_said} if then_said else {}
    if columns:
        put(was, columns | {"contact_sources": sources}, now)
    ContactOffer.objects.filter(patient=was.pk, state=OfferState.OPEN, offered_at=link.at).update(
        state=OfferState.LAPSED, decided_at=now, decided_by=actor.name
    )
