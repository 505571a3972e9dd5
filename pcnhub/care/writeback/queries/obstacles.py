"""What stands between a consultation and its patient's practice: asked before finishing, and again when sending."""

from __future__ import annotations

from datetime import datetime

from pcnhub.care.organisations import queries as organisations
from pcnhub.care.patients.rules.tracing import trace_is_fresh
from pcnhub.care.sharing import queries as sharing
from pcnhub.care.sharing.gate import effective_agreement
from pcnhub.care.sharing.rules import AgreementKind, Side
from pcnhub.care.writeback.queries.receivers import is_regular, route_to, standing_patient
from pcnhub.care.writeback.rules import CopyState, Obstacle, Route
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotShared

# The enterprise agreement and the copying itself: both must be effective (`domain.md` 3.2).
AGREEMENTS = (AgreementKind.WRITE_BACK, AgreementKind.COPY_CONSULTATION)


def obstacles(
    *, actor: Actor, now: datetime, patient_id: int, practice_id: int | None = None, stands_there: bool = False
) -> tuple[Obstacle, ...]:
    """Everything that keeps a copy for this patient of the acting hub from going to their practice now; empty: it goes.

    `practice_id` is the receiver, by default where the patient is registered. `stands_there`: an earlier version does, so
    that the person is known there whatever the link says today.
    """
    with unit_of_work(actor):
        patient = standing_patient(actor, patient_id)
        if patient is None or patient.nhs_number is None:
            return (_UNTRACED,)  # whatever practice they are said to be with
        if is_regular(patient):
            return ()  # nothing is owed to anybody else (SD-083)
        practice = practice_id or (patient.registered_practice.id if patient.registered_practice else None)
        if practice is None and not patient.traced_practice_ods:
            return (_WITHHELD if patient.is_sensitive else _NOWHERE,)
        found = [None if trace_is_fresh(patient.trace_holds_until, now=now) else _STALE]
        if practice is None or route_to(practice) is Route.MESH:
            # National messaging: MESH finds the registered practice by itself, and no agreement kept here is asked (SD-056).
            return tuple(obstacle for obstacle in found if obstacle is not None)
        if patient.registered_patient_id is None and not stands_there:
            found.append(_UNLINKED)
        found += [_not_shared(actor, now, practice, kind) for kind in AGREEMENTS]
        if not any(found):
            # Only the two sides of an agreement may know of the receiver's settings.
            found.append(_settings(actor, now, practice))
        return tuple(obstacle for obstacle in found if obstacle is not None)


_TRACERS = "whoever traces patients at the hub"
_UNTRACED = Obstacle(
    CopyState.NEEDS_ACTION,
    "patient-untraced",
    "It is not known who the patient is: they were booked unregistered, and have not been traced.",
    "Trace the patient. The copy then goes home by itself.",
    _TRACERS,
)
_NOWHERE = Obstacle(
    CopyState.NEEDS_ACTION,
    "practice-unknown",
    "It is not known at which practice the patient is registered.",
    "Ask the patient, and give them a copy to take there. A newer trace or a list that names them sends it by itself.",
    _TRACERS,
)
_WITHHELD = Obstacle(
    CopyState.NEEDS_ACTION,
    "practice-withheld",
    "The patient's record is protected: it is withheld from the hub where they are registered.",
    "Give the patient a copy to take to their practice, or ask them which it is. Tell nobody else that they were here.",
    "the clinician who finished it",
)
_STALE = Obstacle(
    CopyState.BLOCKED,
    "trace-stale",
    "Who the patient is, and where they are registered, was asked too long ago.",
    "The demographics service is asked again by itself, and the copy goes then. If not, trace the patient again.",
    _TRACERS,
)


_UNLINKED = Obstacle(
    CopyState.NEEDS_ACTION,
    "patient-unlinked",
    "The hub's patient is not linked to the practice's own record of the person.",
    "Ask the practice to import its patient list; the link is made by NHS number. Then retry.",
    "an administrator of the hub, with the practice",
)


def _not_shared(actor: Actor, now: datetime, practice_id: int, kind: AgreementKind) -> Obstacle | None:
    try:
        effective_agreement(
            kind=kind, mine=actor.organisation.id, theirs=practice_id, side=Side.USES, day=london_date(now)
        )
    except NotShared as refusal:
        return Obstacle(CopyState.BLOCKED, "agreement-inactive", refusal.message, refusal.remedy, refusal.who_can)
    return None


def _settings(actor: Actor, now: datetime, practice_id: int) -> Obstacle | None:
    """A formulary and a prescribing user must have been chosen. One who has left since keeps drugs back, never notes
    (`domain.md` 12.2 A12)."""
    settings = sharing.write_back_settings(practice_id=practice_id, hub_id=actor.organisation.id, day=london_date(now))
    if settings.formulary and settings.prescribing is not None:
        return None
    name = organisations.organisation_ref(id=practice_id).name
    return Obstacle(
        CopyState.BLOCKED,
        "practice-settings",
        f"{name} has not chosen the formulary and the prescribing user for Consultation Write Back.",
        "Choose both on the agreements page.",
        f"an agreement manager at {name}",
    )
