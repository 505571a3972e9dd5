"""What this deployment knows of people beyond one organisation's own list, for tracing and for its check."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db.models import Q

from pcnhub.care.organisations.queries import practices_of
from pcnhub.care.patients.models import Patient
from pcnhub.care.patients.queries.filing import filed_and_not
from pcnhub.care.patients.queries.patients import PatientView, view_of
from pcnhub.care.patients.rules import RegistrationState, RegistrationType, TraceState
from pcnhub.care.patients.rules.tracing import trace_is_fresh
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import london_date

MOST_BORN_ALIKE = 5000  # of the people of a network, how many of the days that are asked for are looked at


@dataclass(frozen=True, slots=True)
class HomeLink:
    """Where somebody whom the hub holds has their practice. `practice_id`: the linked one, None where it is unknown here;
    `traced_ods`: what a trace named instead. `is_there`: the practice's own row still says so, as far as the hub sees it
    (None: it does not see it). `is_fresh`: the trace may still be relied on."""

    patient_id: int
    practice_id: int | None
    traced_ods: str
    is_there: bool | None
    trace_state: TraceState
    is_fresh: bool


def registrations_born(*, actor: Actor, now: datetime, days: Collection[date]) -> tuple[PatientView, ...]:
    """Practices' own registrations of people born on these days, as far as the database shows them to the actor: of the
    actor's organisation and of the practices for which it is the hub. For tracing, which puts its question on record."""
    with unit_of_work(actor):
        # Each organisation by its id, so that the index on (organisation, birth date) serves
        shown = [
            actor.organisation.id,
            *(each.id for each in practices_of(hub_id=actor.organisation.id, day=london_date(now))),
        ]
        rows = Patient.objects.filter(
            organisation__in=shown,
            birth_date__in=list(days),
            registration_type=RegistrationType.REGULAR,
            nhs_number__isnull=False,
            merged_into=None,
        ).select_related("registered_practice")
        parts = filed_and_not(rows, *shown)
        found = {row.pk: row for people in parts for row in people[:MOST_BORN_ALIKE]}
        return tuple(view_of(row) for row in islice(found.values(), MOST_BORN_ALIKE))


def home_links(*, actor: Actor, now: datetime) -> tuple[HomeLink, ...]:
    """Of everybody whom the actor's hub holds actively and by number: which practice is theirs. For checks, never for pages."""
    with unit_of_work(actor):
        rows = Patient.objects.filter(
            ~Q(trace_state=TraceState.UNTRACED),
            organisation=actor.organisation.id,
            registration_type=RegistrationType.TEMPORARY,
            registration_state=RegistrationState.ACTIVE,
            nhs_number__isnull=False,
            merged_into=None,
        ).values_list(
            "pk", "registered_practice_id", "traced_practice_ods", "trace_state", "trace_holds_until",
            "registered_patient__registration_state", "registered_patient__organisation_id",
        )  # fmt: skip
        return tuple(
            HomeLink(
                patient_id=pk,
                practice_id=practice_id,
                traced_ods=traced_ods or "",
                is_there=None if state is None else state == RegistrationState.ACTIVE and held_by == practice_id,
                trace_state=TraceState(trace_state),
                is_fresh=trace_is_fresh(holds_until, now=now),
            )
            for pk, practice_id, traced_ods, trace_state, holds_until, state, held_by in rows.order_by("pk")
        )
