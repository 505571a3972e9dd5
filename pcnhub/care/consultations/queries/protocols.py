"""What the hub's protocols ask for in a consultation, and what one would have asked for in those of the last days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pcnhub.care.appointments.queries import Circumstances, circumstances_of
from pcnhub.care.consultations.models import Consultation, Version
from pcnhub.care.consultations.queries.consulting import no_such_consultation
from pcnhub.care.consultations.queries.deeds import deeds_of
from pcnhub.care.consultations.queries.definitions import published
from pcnhub.care.consultations.queries.reference import ancestors_of, outcomes
from pcnhub.care.consultations.rules.definitions import DefinitionKind
from pcnhub.care.consultations.rules.letters import Headed
from pcnhub.care.consultations.rules.notes import ConsultationState, Notes, entries_from_json
from pcnhub.care.consultations.rules.protocols import (
    AskKind,
    Deed,
    Moment,
    Protocol,
    Situation,
    Wanted,
    applies,
)
from pcnhub.care.consultations.rules.protocols import wanted as wanted_by
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

NOWHERE = Circumstances("", "", "")
LONGEST_DRY_RUN = 31  # days

# What is asked as a consultation begins can only be done once it has begun: finishing looks whether it was.
LOOKS_AT: dict[Moment, tuple[Moment, ...]] = {
    Moment.START: (Moment.START,),
    Moment.FINISH: (Moment.START, Moment.FINISH),
    Moment.AMEND: (Moment.AMEND,),
}


@dataclass(frozen=True, slots=True)
class DryRunRow:
    """One consultation that the protocol concerns. `lacking` is what it would have refused to finish without."""

    consultation_id: int
    finished_at: datetime
    author_name: str
    outcome_name: str
    asked: tuple[Wanted, ...]

    @property
    def lacking(self) -> tuple[Wanted, ...]:
        return tuple(each for each in self.asked if each.is_open)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a protocol would have done: of `looked_at` consultations it concerns `rows`, newest first."""

    protocol: Protocol
    days: int
    looked_at: int
    rows: tuple[DryRunRow, ...]

    @property
    def held_up(self) -> int:
        """How many could not have been finished as they were."""
        return sum(1 for row in self.rows if row.lacking)

    def open_by_ask(self) -> tuple[tuple[str, int], ...]:
        """How often each `must` would have been open, in the protocol's order."""
        return tuple(
            (ask.sentence, sum(1 for row in self.rows for each in row.lacking if each.ask.name == ask.name))
            for ask in self.protocol.asks
        )


def wanted(*, actor: Actor, now: datetime, consultation_id: int, notes: Notes, moment: Moment) -> tuple[Wanted, ...]:
    """All that the published protocols of the acting hub ask for in this consultation with these notes, satisfied or not.

    Raises NotFound. For work inside the house: whoever shows it opened the consultation.
    """
    with unit_of_work(actor):
        row = Consultation.objects.filter(pk=consultation_id, organisation=actor.organisation.id).first()
        if row is None:
            raise no_such_consultation(actor)
        views = published(hub_id=actor.organisation.id, kind=DefinitionKind.PROTOCOL)
        if not views:
            return ()
        protocols = [view.protocol for view in views]
        codes = frozenset(entry.code for entry in notes.entries)
        situation = _situation(
            notes.outcome,
            codes,
            _above(protocols, codes),
            circumstances_of(actor=actor, booking_ids=[row.booking_id] if row.booking_id else []).get(
                row.booking_id or 0
            ),
            deeds_of(actor=actor, consultation_ids=[row.pk])[row.pk],
            _practice_of(actor, row.patient_id),
            _offered(actor, now, protocols),
        )
        return wanted_by(protocols, situation, LOOKS_AT[moment])


def dry_run(*, actor: Actor, now: datetime, protocol: Protocol, days: int = 7) -> DryRun:
    """What the protocol would have asked for in the acting hub's consultations finished in the last `days`, changing nothing.

    Each is judged as it was first finished, with all that was done in it until now. Those of protected people are left out
    for who may not know of them. Names nobody. Raises NotPermitted.
    """
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.MANAGE_ORGANISATION, now=now)
        days = max(1, min(days, LONGEST_DRY_RUN))
        rows = Version.objects.select_related("consultation").filter(
            organisation=actor.organisation.id, number=1, saved_at__gte=now - timedelta(days=days)
        )
        rows = rows.exclude(consultation__state=ConsultationState.IN_ERROR.value)
        if not actor.may(Permission.VIEW_SENSITIVE):
            rows = rows.filter(consultation__patient__is_sensitive=False)
        versions = list(rows.order_by("-saved_at", "-pk"))
        booked = circumstances_of(
            actor=actor, booking_ids=[row.consultation.booking_id for row in versions if row.consultation.booking_id]
        )
        done = deeds_of(actor=actor, consultation_ids=[row.consultation_id for row in versions])
        emails = {
            each: bool(organisations.organisation(id=each).email)
            for each in {
                row.consultation.patient_practice_id for row in versions if row.consultation.patient_practice_id
            }
        }
        found = []
        offered = _offered(actor, now, [protocol])
        coded = {row.pk: frozenset(entry.code for entry in entries_from_json(row.entries)) for row in versions}
        above = _above([protocol], frozenset().union(*coded.values()))
        for row in versions:
            practice_id = row.consultation.patient_practice_id
            situation = _situation(
                row.outcome_code,
                coded[row.pk],
                above,
                booked.get(row.consultation.booking_id or 0),
                done[row.consultation_id],
                None if practice_id is None else emails[practice_id],
                offered,
            )
            if applies(protocol, situation):
                asked = wanted_by([protocol], situation, LOOKS_AT[Moment.FINISH])
                found.append(DryRunRow(row.consultation_id, row.saved_at, row.author_name, row.outcome_name, asked))
        trail.record(
            actor=actor,
            now=now,
            action="consultations.protocol-tried",
            subject=Subject("organisation", actor.organisation.id),
            basis=grant.basis,
            detail={"key": protocol.read.key, "days": days, "looked_at": len(versions), "concerned": len(found)},
        )
        return DryRun(protocol, days, len(versions), tuple(found))


def _above(protocols: Iterable[Protocol], codes: frozenset[str]) -> dict[str, frozenset[str]]:
    """What each of the codes is, too; looked up only where one of the protocols asks."""
    return ancestors_of(codes=codes) if any(each.heeds_descendants for each in protocols) else {}


def _practice_of(actor: Actor, patient_id: int) -> bool | None:
    """Whether an e-mail to the patient's practice could leave; None: nobody knows the practice."""
    patient = patients.patients_by_id(actor=actor, ids=[patient_id]).get(patient_id)
    if patient is None or patient.registered_practice is None or patient.registration_state == RegistrationState.LEFT:
        return None
    return bool(organisations.organisation(id=patient.registered_practice.id).email)


@dataclass(frozen=True, slots=True)
class _Offered:
    """What the hub lets be chosen and made: outcomes by code, and document templates, of them those with a practice's head."""

    outcomes: Mapping[str, str] | None
    documents: frozenset[str] | None
    practice_headed: frozenset[str]


def _offered(actor: Actor, now: datetime, protocols: Iterable[Protocol]) -> _Offered:
    """Looked up only where one of the protocols asks for such a thing."""
    hub_id = actor.organisation.id
    kinds = {ask.kind for protocol in protocols for ask in protocol.asks}
    names = None
    if AskKind.OUTCOME in kinds:
        names = {each.code: each.name for each in outcomes(hub_id=hub_id, day=london_date(now))}
    if AskKind.DOCUMENT not in kinds:
        return _Offered(names, None, frozenset())
    views = published(hub_id=hub_id, kind=DefinitionKind.DOCUMENT)
    headed = frozenset(view.key for view in views if view.document.headed is Headed.PRACTICE)
    return _Offered(names, frozenset(view.key for view in views), headed)


def _situation(
    outcome: str,
    codes: frozenset[str],
    above: Mapping[str, frozenset[str]],
    booked: Circumstances | None,
    done: tuple[Deed, ...],
    practice_email: bool | None,
    offered: _Offered,
) -> Situation:
    booked = booked or NOWHERE
    documents = offered.documents
    if documents is not None and practice_email is None:
        documents -= offered.practice_headed
    return Situation(
        outcome=outcome,
        codes=codes,
        above=frozenset().union(*(above.get(code, frozenset()) for code in codes)),
        slot_type=booked.slot_type,
        delivery_channel=booked.delivery_channel,
        booked_by=booked.source,
        deeds=done,
        has_practice=practice_email is not None,
        practice_email=bool(practice_email),
        outcomes=offered.outcomes,
        documents=documents,
    )
