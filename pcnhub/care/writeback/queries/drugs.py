"""What became of the drugs that copies brought, and the practice's formularies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, QuerySet

from pcnhub.care.organisations.queries import PositionView
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.queries import PatientView, patients_by_id
from pcnhub.care.sharing import queries as sharing
from pcnhub.care.sharing.gate import permit
from pcnhub.care.writeback.models import Drug, Formulary, FormularyDrug
from pcnhub.care.writeback.rules import DRUG_WORDS, DrugState, source_key
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.trail import Subject
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date
from pcnhub.foundations.kernel.refusals import NotFound

MEDICATION = "medication"  # the consultations' word for such an entry
PAGE = 50


@dataclass(frozen=True, slots=True)
class DrugView:
    """One drug that a copy brought. `patient` is given to the practice alone."""

    id: int
    practice: OrganisationRef
    hub: OrganisationRef
    term: str
    code: str
    directions: str
    is_confidential: bool
    state: DrugState
    reason: str
    prescriber_name: str
    arrived_at: datetime
    decided_at: datetime | None
    decided_by_name: str
    patient: PatientView | None = None

    @property
    def state_words(self) -> str:
        return DRUG_WORDS[self.state]


@dataclass(frozen=True, slots=True)
class DrugPage:
    drugs: tuple[DrugView, ...]
    number: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class FormularyView:
    """A named list of one practice."""

    id: int
    name: str
    drugs: int
    file_name: str
    imported_at: datetime
    imported_by: str


def waiting_drugs(*, actor: Actor, now: datetime, page: int = 1) -> DrugPage:
    """The acting practice's drugs that wait for somebody, oldest first, without those of whom the actor may not know. Audited."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        rows = _rows(Drug.objects.filter(organisation=actor.organisation.id, state=DrugState.WAITING))
        if not actor.may(Permission.VIEW_SENSITIVE):
            rows = rows.filter(patient__is_sensitive=False)
        total = rows.count()
        pages = max(1, -(-total // PAGE))
        number = min(max(page, 1), pages)
        shown = list(rows[(number - 1) * PAGE : number * PAGE])
        people = patients_by_id(actor=actor, ids={row.patient_id for row in shown})
        trail.record(
            actor=actor,
            now=now,
            action="writeback.drugs-listed",
            subject=Subject("drugs"),
            nhs_numbers=[people[row.patient_id].number for row in shown if row.patient_id in people],
        )
        views = tuple(_view(row, people.get(row.patient_id)) for row in shown)
        return DrugPage(views, number, pages, total)


def number_of_waiting_drugs(*, actor: Actor) -> int:
    """How many `waiting_drugs` would list."""
    with unit_of_work(actor):
        rows = Drug.objects.filter(organisation=actor.organisation.id, state=DrugState.WAITING)
        if not actor.may(Permission.VIEW_SENSITIVE):
            rows = rows.filter(patient__is_sensitive=False)
        return rows.count()


def waiting_drug(*, actor: Actor, now: datetime, drug_id: int) -> DrugView:
    """One of the acting practice's own, whatever its state. Audited. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        permit(actor=actor, permission=Permission.CONSULT, now=now)
        row = _rows(Drug.objects.filter(pk=drug_id, organisation=actor.organisation.id)).first()
        patient = patients_by_id(actor=actor, ids=[row.patient_id]).get(row.patient_id) if row else None
        if row is None or patient is None:
            raise NotFound("There is no such drug here.", remedy="Choose one from the list of drugs that wait.")
        trail.record(
            actor=actor,
            now=now,
            action="writeback.drug-opened",
            subject=Subject("drug", row.pk, patient.id, patient.nhs_number),
        )
        return _view(row, patient)


def drugs_of_consultation(*, actor: Actor, consultation_id: int) -> tuple[DrugView, ...]:
    """What became, at the practice, of the drugs of a consultation of the acting hub; under Consultation Write Back."""
    with unit_of_work(actor):
        key = source_key(hub_ods_code=actor.organisation.ods_code, consultation_id=consultation_id)
        rows = _rows(Drug.objects.filter(source_organisation=actor.organisation.id, source_key=key))
        return tuple(_view(row, None) for row in rows)


def drugs_kept_waiting(*, actor: Actor) -> dict[str, int]:
    """How many drugs of the acting hub's consultations wait at which practice, by its name."""
    with unit_of_work(actor):
        rows = Drug.objects.filter(source_organisation=actor.organisation.id, state=DrugState.WAITING)
        counted = rows.values_list("organisation__name").annotate(number=Count("pk")).order_by("organisation__name")
        return dict(counted)


def prescribers_of(*, actor: Actor, now: datetime) -> tuple[PositionView, ...]:
    """Under whose names the acting practice can enter a drug today."""
    return sharing.may_prescribe_for_copies(practice_id=actor.organisation.id, day=london_date(now))


def number_of(actor: Actor, patient_id: int) -> str:
    """The NHS number of the acting organisation's own patient, for the audit."""
    patient = patients_by_id(actor=actor, ids=[patient_id]).get(patient_id)
    return patient.number if patient else ""


def listed_codes(*, organisation_id: int, name: str) -> frozenset[str] | None:
    """The codes of a practice's formulary of this name; None where none was brought in."""
    found = Formulary.objects.filter(organisation=organisation_id, name__iexact=name.strip()).first()
    if found is None:
        return None
    return frozenset(FormularyDrug.objects.filter(formulary=found).values_list("code", flat=True))


def formularies(*, organisation_id: int) -> tuple[FormularyView, ...]:
    """The lists of an organisation, by name."""
    rows = Formulary.objects.filter(organisation=organisation_id).annotate(number=Count("drugs")).order_by("name")
    return tuple(
        FormularyView(row.pk, row.name, row.number, row.file_name, row.imported_at, row.imported_by) for row in rows
    )


def practices_with_list(*, names: Collection[tuple[int, str]]) -> frozenset[int]:
    """Those of the practices (id, name of its formulary) that have brought in a list of that name."""
    rows = Formulary.objects.filter(organisation__in={practice for practice, _ in names})
    there = {(organisation, name.casefold()) for organisation, name in rows.values_list("organisation_id", "name")}
    return frozenset(practice for practice, name in names if (practice, name.strip().casefold()) in there)


def _rows(rows: QuerySet[Drug]) -> QuerySet[Drug]:
    return rows.select_related("organisation", "source_organisation").order_by("arrived_at", "pk")


def _view(row: Drug, patient: PatientView | None) -> DrugView:
    practice, hub = row.organisation, row.source_organisation
    return DrugView(
        id=row.pk,
        practice=OrganisationRef(practice.pk, practice.ods_code, practice.name, practice.kind),
        hub=OrganisationRef(hub.pk, hub.ods_code, hub.name, hub.kind),
        term=row.term,
        code=row.code,
        directions=row.directions,
        is_confidential=row.is_confidential,
        state=DrugState(row.state),
        reason=row.reason,
        prescriber_name=row.prescriber_name,
        arrived_at=row.arrived_at,
        decided_at=row.decided_at,
        decided_by_name=row.decided_by_name,
        patient=patient,
    )
