"""Test requests between a hub and a practice, and every step of each."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pcnhub.care.investigations.rules import InvestigationState
from pcnhub.care.tasks.rules import TaskPriority
from pcnhub.foundations.database.constraints import one_of


class Investigation(models.Model):
    """`organisation` asked (the hub), `to_organisation` orders (the patient's practice). Each names the patient by its own."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    to_organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+", help_text="The hub's own row")
    receiver_patient = models.ForeignKey("patients.Patient", models.PROTECT, null=True, related_name="+")
    nhs_number = models.TextField()
    patient_label = models.TextField(help_text="Name, date of birth and NHS number as asked, for both sides")
    consultation = models.ForeignKey("consultations.Consultation", models.PROTECT, related_name="+")
    task = models.ForeignKey("tasks.Task", models.PROTECT, related_name="+", help_text="The newest that carries it")
    form = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The practice-headed form, as it stands in the consultation",
    )
    tests = models.JSONField(help_text="[{code, term}] in order")
    details = models.TextField()
    priority = models.TextField()
    state = models.TextField(default=InvestigationState.ASKED)
    version = models.IntegerField(default=1)
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asked_by_name = models.TextField()
    order_reference = models.TextField(blank=True)
    ordered_on = models.DateField(null=True)
    chase_on = models.DateField(null=True)
    resulted_on = models.DateField(null=True)
    result = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="A result that came to the hub although the practice ordered",
    )
    state_changed_at = models.DateTimeField()
    idempotency_key = models.TextField()

    class Meta:
        constraints = [
            one_of("state", InvestigationState, name="investigation_state_known"),
            one_of("priority", TaskPriority, name="investigation_priority_known"),
            models.CheckConstraint(
                name="investigation_has_two_sides", condition=~Q(organisation=models.F("to_organisation"))
            ),
            models.UniqueConstraint(fields=["organisation", "idempotency_key"], name="investigation_asked_once"),
            # nothing closes by silence: an order names the day on which somebody looks for the result
            models.CheckConstraint(
                name="investigation_order_is_chased",
                condition=~Q(state="ordered")
                | (~Q(order_reference="") & Q(ordered_on__isnull=False, chase_on__isnull=False)),
            ),
            models.CheckConstraint(
                name="investigation_result_has_day", condition=~Q(state="resulted") | Q(resulted_on__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="investigation_asked"),
            models.Index(fields=["to_organisation", "state"], name="investigation_owed"),
        ]


class InvestigationEvent(models.Model):
    """One step, with who took it: what both sides read."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    investigation = models.ForeignKey(Investigation, models.PROTECT, related_name="events")
    state = models.TextField()
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()
