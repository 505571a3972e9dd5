"""Reads of consultations. A hub sees its own alone: what goes home is a copy (see `writeback`)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from pcnhub.care.consultations.models import Concept, Consultation, Outcome, Version
from pcnhub.care.consultations.rules import (
    ConsultationState,
    Notes,
    entries_from_json,
    notes_from_json,
    sections_from_json,
)
from pcnhub.care.organisations import queries as organisations
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients import queries as patients
from pcnhub.care.patients.operations.ties import Tie, TieKind
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import day_bounds
from pcnhub.foundations.kernel.refusals import NotFound

MOST_CONCEPTS = 12


@dataclass(frozen=True, slots=True)
class ConceptView:
    """A SNOMED CT concept of the loaded list."""

    code: str
    term: str
    kind: str


@dataclass(frozen=True, slots=True)
class OutcomeView:
    """An outcome of a hub. From the day `retired_on` it can't be chosen; what was finished with it keeps it."""

    id: int
    code: str
    name: str
    retired_on: date | None

    def is_offered(self, day: date) -> bool:
        return self.retired_on is None or day < self.retired_on


@dataclass(frozen=True, slots=True)
class FinishedVersion:
    """One version as it was finished: never changes. `practice_id` is where the patient was registered when it began."""

    id: int
    consultation_id: int
    number: int
    patient_id: int
    practice_id: int | None
    started_at: datetime
    saved_at: datetime
    site_name: str
    notes: Notes
    outcome_name: str
    author_name: str
    author_role: str
    amendment_reason: str


@dataclass(frozen=True, slots=True)
class ConsultationView:
    """A consultation with the hub's own patient, its draft, and every finished version, oldest first."""

    id: int
    organisation: OrganisationRef
    booking_id: int | None
    patient: patients.PatientView
    site_name: str
    author_name: str
    state: ConsultationState
    started_at: datetime
    finished_at: datetime | None
    draft: Notes
    draft_saved_at: datetime | None
    draft_saved_by: str
    revision: int
    version: int
    versions: tuple[FinishedVersion, ...]

    @property
    def is_finished(self) -> bool:
        return self.state is ConsultationState.FINISHED

    @property
    def newest(self) -> FinishedVersion | None:
        return self.versions[-1] if self.versions else None


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A consultation that was begun and is not finished: no patient's name, for lists."""

    id: int
    booking_id: int | None
    patient_id: int
    author_name: str
    started_at: datetime


def find_concepts(*, words: str) -> tuple[ConceptView, ...]:
    """Concepts with a term in which every given word begins a word; by code too. Shortest term first, at most twelve."""
    given = re.findall(r"[\w'-]+", words)
    if not given:
        return ()
    every = Q()
    for word in given:
        every &= Q(term__iregex=rf"\m{re.escape(word)}")
    rows = Concept.objects.filter(every | Q(code=words.strip()))
    found = sorted(rows[:200], key=lambda row: (len(row.term), row.term))
    return tuple(ConceptView(row.code, row.term, row.kind) for row in found[:MOST_CONCEPTS])


def concepts(*, codes: Iterable[str]) -> dict[str, ConceptView]:
    """Those of the codes that are in the loaded list."""
    rows = Concept.objects.filter(code__in=set(codes))
    return {row.code: ConceptView(row.code, row.term, row.kind) for row in rows}


def outcomes(*, hub_id: int, day: date) -> tuple[OutcomeView, ...]:
    """The outcomes that a hub's clinicians may choose on the day, in the hub's order."""
    return tuple(outcome for outcome in every_outcome(hub_id=hub_id) if outcome.is_offered(day))


def every_outcome(*, hub_id: int) -> tuple[OutcomeView, ...]:
    """The same with those that are retired, in the hub's order."""
    rows = Outcome.objects.filter(hub=hub_id).order_by("place", "name", "pk")
    return tuple(OutcomeView(row.pk, row.code, row.name, row.retired_on) for row in rows)


def outcome(*, hub_id: int, outcome_id: int) -> OutcomeView:
    """One of the hub's own, retired or not. Raises NotFound."""
    found = next((each for each in every_outcome(hub_id=hub_id) if each.id == outcome_id), None)
    if found is None:
        raise NotFound("There is no such outcome of your hub.", remedy="Choose one from the outcomes page.")
    return found


def consultation(*, actor: Actor, now: datetime, consultation_id: int) -> ConsultationView:
    """Open a consultation of the actor's own organisation. Audited. Raises NotPermitted or NotFound."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.CONSULT, now=now)
        row = _one(actor=actor, consultation_id=consultation_id)
        try:
            patient = patients.open_patient(actor=actor, now=now, patient_id=row.patient_id, reason="consultation")
        except NotFound:  # a protected person's consultation is none at all
            raise no_such_consultation(actor) from None
        trail.record(
            actor=actor,
            now=now,
            action="consultations.opened",
            subject=Subject("consultation", row.pk, patient.id, patient.nhs_number),
            data_organisation_id=patient.home_id,
            basis=grant.basis,
        )
        return ConsultationView(
            id=row.pk,
            organisation=organisations.organisation_ref(id=row.organisation_id),
            booking_id=row.booking_id,
            patient=patient,
            site_name=row.site.name if row.site else "",
            author_name=row.author_name,
            state=ConsultationState(row.state),
            started_at=row.started_at,
            finished_at=row.finished_at,
            draft=notes_from_json(row.draft),
            draft_saved_at=row.draft_saved_at,
            draft_saved_by=row.draft_saved_by,
            revision=row.revision,
            version=row.version,
            versions=tuple(_version(version) for version in _versions().filter(consultation=row.pk)),
        )


def consultation_of_booking(*, actor: Actor, booking_id: int) -> int | None:
    """The id of the consultation that a booking led to, or None; of a protected person's, too, for who may not know of it."""
    with unit_of_work(actor):
        rows = Consultation.objects.filter(booking=booking_id)
        if not actor.may(Permission.VIEW_SENSITIVE):
            rows = rows.filter(patient__is_sensitive=False)
        return rows.values_list("pk", flat=True).first()


def finished_version(*, actor: Actor, consultation_id: int, number: int) -> FinishedVersion:
    """One finished version. For work inside the house (write-back): whoever shows it audits it. Raises NotFound."""
    with unit_of_work(actor):
        row = _versions().filter(consultation=consultation_id, number=number).first()
        if row is None:
            raise NotFound(
                f"Consultation {consultation_id} has no version {number} at {actor.organisation.name}.",
                remedy="Open the consultation to see which versions it has.",
                who_can=f"any clinician of {actor.organisation.name} who consults",
            )
        return _version(row)


def finished_between(*, actor: Actor, day_from: date, day_to: date) -> tuple[FinishedVersion, ...]:
    """Every version that was finished on the London days from `day_from` to `day_to`, both included, oldest first."""
    with unit_of_work(actor):
        first, last = day_bounds(day_from)[0], day_bounds(day_to)[1]
        return tuple(_version(row) for row in _versions().filter(saved_at__gte=first, saved_at__lt=last))


def newest_finished(*, actor: Actor, patient_id: int) -> tuple[FinishedVersion, ...]:
    """The newest version of each finished consultation of one patient of the acting organisation, oldest first. For work
    inside the house (write-back)."""
    with unit_of_work(actor):
        rows = _versions().filter(organisation=actor.organisation.id, consultation__patient=patient_id)
        newest = {row.consultation_id: _version(row) for row in rows}
        return tuple(newest.values())


def open_drafts(*, actor: Actor, own: bool = False) -> tuple[OpenDraft, ...]:
    """Begun and unfinished consultations of the actor's organisation (`own`: begun by the actor), oldest first."""
    with unit_of_work(actor):
        rows = Consultation.objects.filter(state=ConsultationState.DRAFT)
        if own:
            rows = rows.filter(author=actor.position_id)
        return tuple(
            OpenDraft(row.pk, row.booking_id, row.patient_id, row.author_name, row.started_at)
            for row in rows.order_by("started_at")
        )


def finished_booking_ids(*, actor: Actor, booking_ids: Iterable[int]) -> frozenset[int]:
    """Those of the bookings that led to a finished consultation; finishing needs an outcome (CHK-51)."""
    with unit_of_work(actor):
        rows = Consultation.objects.filter(booking__in=set(booking_ids), state=ConsultationState.FINISHED)
        return frozenset(found for found in rows.values_list("booking_id", flat=True) if found is not None)


def ties(actor: Actor, now: datetime, patient_ids: Collection[int]) -> Iterable[Tie]:
    """The acting hub's consultations with these patients that are not finished. In the running unit of work."""
    rows = Consultation.objects.filter(organisation=actor.organisation.id, patient__in=patient_ids)
    for row in rows.exclude(state=ConsultationState.FINISHED).order_by("pk"):
        yield Tie(row.patient_id, TieKind.CONSULTATION, f"a consultation of {row.author_name} that is not finished")


def _one(*, actor: Actor, consultation_id: int) -> Consultation:
    row = (
        Consultation.objects.select_related("site")
        .filter(pk=consultation_id, organisation=actor.organisation.id)
        .first()
    )
    if row is None:
        raise no_such_consultation(actor)
    return row


def no_such_consultation(actor: Actor) -> NotFound:
    """The same words of none, and of a protected person's."""
    return NotFound(
        f"There is no such consultation at {actor.organisation.name}.",
        remedy="Open it from the clinic list. What was finished elsewhere is in the patient's record.",
    )


def _versions() -> QuerySet[Version]:
    return Version.objects.select_related("consultation__site").order_by("saved_at", "consultation_id", "number")


def _version(row: Version) -> FinishedVersion:
    site = row.consultation.site
    return FinishedVersion(
        id=row.pk,
        consultation_id=row.consultation_id,
        number=row.number,
        patient_id=row.consultation.patient_id,
        practice_id=row.consultation.patient_practice_id,
        started_at=row.consultation.started_at,
        saved_at=row.saved_at,
        site_name=site.name if site else "",
        notes=Notes(sections_from_json(row.sections), entries_from_json(row.entries), row.outcome_code),
        outcome_name=row.outcome_name,
        author_name=row.author_name,
        author_role=row.author_role,
        amendment_reason=row.amendment_reason,
    )
