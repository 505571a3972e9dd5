"""Who saw this patient? Read from the audit: the acts of one's own people, and others' acts on one's own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from pcnhub.care.organisations.queries import organisation_refs
from pcnhub.care.organisations.rules import Permission
from pcnhub.care.patients.models import FormerNumber, Patient
from pcnhub.care.patients.queries.import_acts import ImportAct, import_acts
from pcnhub.care.patients.queries.patients import PatientView, own_row, shown_to
from pcnhub.care.patients.queries.people import same_person_ids
from pcnhub.care.sharing.gate import permit
from pcnhub.foundations.audit import trail
from pcnhub.foundations.audit.models import AuditEvent
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class WitnessView:
    """One act: who, in which role, for which organisation, when, on what ground and why."""

    at: datetime
    name: str
    role: str
    organisation: str
    action: str
    basis: str
    reason: str
    purpose: str
    is_system: bool = False  # work that no person asked for at that moment


@dataclass(frozen=True, slots=True)
class WitnessPage:
    patient: PatientView
    items: tuple[WitnessView, ...]
    number: int
    pages: int
    total: int


def who_saw(*, actor: Actor, now: datetime, patient_id: int, page: int = 1) -> WitnessPage:
    """Newest first. Asking is itself put on record. Raises NotFound, NotPermitted."""
    with unit_of_work(actor):
        grant = permit(actor=actor, permission=Permission.VIEW_AUDIT, now=now)
        patient = own_row(actor=actor, patient_id=patient_id)
        mine = Q(organisation_id=actor.organisation.id) | Q(data_organisation_id=actor.organisation.id)
        numbers, ids = _known_by(actor, patient)
        named = AuditEvent.objects.filter(mine, nhs_number__in=numbers)
        unnumbered = AuditEvent.objects.filter(
            organisation_id=actor.organisation.id, nhs_number="", patient_id__in=ids
        )  # fmt: skip
        # Three queries in one: each has its own index, and an "or" of all would have none.
        tokens = [*numbers, *(trail.whose_number_is_unknown(each) for each in ids)]
        listed = AuditEvent.objects.filter(mine, ~Q(nhs_numbers=[]), nhs_numbers__overlap=tokens)
        events = named.union(unnumbered, listed, all=True).order_by("-at", "-id")
        acts = import_acts(actor=actor, patient_ids=ids)
        total = events.count() + len(acts)
        pages = max(1, -(-total // PAGE_SIZE))
        number = min(max(1, page), pages)
        # Of an import the events do not name everybody; its acts are few for one person, and take their place in time.
        told: list[AuditEvent | ImportAct] = [*events[: number * PAGE_SIZE], *acts]
        told.sort(key=lambda each: each.at, reverse=True)
        everything = told[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        acting = {each.organisation_id for each in everything if each.organisation_id}
        names = {ref.id: ref.name for ref in organisation_refs(ids=sorted(acting))}
        trail.record(
            actor=actor,
            now=now,
            action="patients.audit-opened",
            subject=trail.Subject("patient", patient.pk, patient.pk, patient.nhs_number),
            basis=grant.basis,
        )
        items = tuple(
            _of_import(each, names) if isinstance(each, ImportAct) else _of_event(each, names) for each in everything
        )
        return WitnessPage(shown_to(actor, patient), items, number, pages, total)


def _of_event(event: AuditEvent, names: Mapping[int, str]) -> WitnessView:
    return WitnessView(
        at=event.at,
        name=event.user_name,
        role=event.role_name or event.role_code,
        organisation=names.get(event.organisation_id, ""),
        action=event.action,
        basis=event.basis,
        reason=event.reason,
        purpose=event.purpose,
        is_system=event.user.startswith("system:"),
    )


def _of_import(act: ImportAct, names: Mapping[int, str]) -> WitnessView:
    return WitnessView(
        at=act.at,
        name=act.name,
        role=act.role,
        organisation=names.get(act.organisation_id or 0, ""),
        action=act.action,
        basis=act.basis,
        reason=act.reason,
        purpose=act.purpose,
        is_system=act.is_system,
    )


def _known_by(actor: Actor, patient: Patient) -> tuple[list[str], list[int]]:
    """The numbers under which acts on this person are on record, those that they had before too, and the ids of their rows:
    whom nobody has traced has no number to be on record by."""
    ids = same_person_ids(actor=actor, patient_id=patient.pk)
    rows = Patient.objects.filter(pk__in=ids).exclude(nhs_number=None)
    former = FormerNumber.objects.filter(organisation=actor.organisation.id, patient__in=ids)
    numbers = {*rows.values_list("nhs_number", flat=True), *former.values_list("nhs_number", flat=True)}
    return sorted(number for number in numbers if number), sorted(ids)
