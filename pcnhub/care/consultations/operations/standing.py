"""Who may write, and on what: shared by every operation on a consultation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.consultations import queries
from pcnhub.care.consultations.models import Consultation
from pcnhub.care.consultations.rules import ConsultationState, Notes, notes_from_json
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit.trail import Basis
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotPermitted, Problem


class DraftMovedOn(Conflict):
    """Somebody saved this draft meanwhile. `theirs` is what they saved, at `revision`: both texts stay visible."""

    code = "draft-moved-on"
    remedy = "Both texts are kept below. Put them together, then save again."
    who_can = "any clinician of the hub who consults"

    def __init__(self, *, theirs: Notes, revision: int, saved_by: str, saved_at: datetime | None) -> None:
        who = f"{saved_by} saved this consultation" if saved_by else "This consultation was saved"
        super().__init__(f"{who} in another window while you were writing.")
        self.theirs, self.revision, self.saved_by, self.saved_at = theirs, revision, saved_by, saved_at


class ConsultationMovedOn(Conflict):
    """The consultation is not in the state, or at the version, that the act was meant for."""

    code = "consultation-moved-on"
    remedy = "Open it again to see how it stands now."
    who_can = "any clinician of the hub who consults"


@dataclass(frozen=True, slots=True)
class Consulter:
    """The position that writes, and the ground that it writes on."""

    position_id: int
    basis: Basis


def may_consult(actor: Actor, now: datetime) -> Consulter:
    """A consulter of a hub, with the activity for it."""
    grant = permit(actor=actor, permission=Permission.CONSULT, now=now)
    held = None
    if actor.position_id is not None:
        held = organisations.position(id=actor.position_id, day=london_date(now))
    if held is None or not held.consulter:
        raise NotPermitted(
            f"Your position at {actor.organisation.name} is not marked as a consulter.",
            remedy="Ask for the consulter mark on your position.",
            who_can=f"an administrator of {actor.organisation.name}",
        )
    if actor.organisation.kind != OrganisationKind.HUB:
        raise NotPermitted(
            "Consultations are written at the hub.",
            remedy="Sign in with your position at the hub.",
            who_can="a clinician of the hub",
        )
    return Consulter(held.id, grant.basis)


def locked(actor: Actor, consultation_id: int) -> Consultation:
    """The consultation, held until commit: two savers come one after the other."""
    row = (
        Consultation.objects.select_for_update().filter(pk=consultation_id, organisation=actor.organisation.id).first()
    )
    if row is None or not patients.patients_by_id(actor=actor, ids=[row.patient_id]):
        raise queries.no_such_consultation(actor)
    return row


def refuse_closed(row: Consultation) -> None:
    """Raises ConsultationMovedOn unless the draft can still change."""
    refuse_in_error(row)
    if row.state == ConsultationState.FINISHED:
        raise ConsultationMovedOn(
            "This consultation was finished meanwhile, so the draft can't change any more.",
            remedy="Open it and amend it: what you write becomes a new version.",
        )


def refuse_in_error(row: Consultation) -> None:
    """Raises ConsultationMovedOn where all of it was recorded in error: nobody writes on in it."""
    if row.state == ConsultationState.IN_ERROR:
        raise ConsultationMovedOn(
            f"{row.in_error_by} marked this consultation as recorded in error.",
            remedy="What was written stays to be read. Start the right one from the clinic list.",
        )


def refuse_other_revision(row: Consultation, revision: int) -> None:
    """Raises DraftMovedOn, with what stands there, unless the draft is still the one that the writer began from."""
    if row.revision != revision:
        raise DraftMovedOn(
            theirs=notes_from_json(row.draft),
            revision=row.revision,
            saved_by=row.draft_saved_by,
            saved_at=row.draft_saved_at,
        )


def refuse(problems: list[Problem]) -> None:
    if problems:
        raise InvalidInput(problems)


def known_codes(notes: Notes) -> set[str]:
    return set(queries.concepts(codes=[entry.code for entry in notes.entries]))
