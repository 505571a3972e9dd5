"""Who a person is: numbers they had, what a trace found, offers of newer contact details, and rows that are one person."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from pcnhub.care.patients.rules import NumberEnd, OfferState, TraceOutcome
from pcnhub.foundations.database.constraints import one_of


class FormerNumber(models.Model):
    """An NHS number under which the person was held before: who has it is still found by it."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="former_numbers")
    nhs_number = models.TextField()
    ended = models.TextField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("ended", NumberEnd, name="former_number_end_known"),
            models.UniqueConstraint(fields=["organisation", "nhs_number"], name="former_number_once"),
        ]


class TraceRun(models.Model):
    """Somebody had everybody of the worklist traced who can be told beyond doubt; its attempts are its progress and report."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asked = models.IntegerField(help_text="How many people")


class TraceAttempt(models.Model):
    """One look for who a person of the hub is, and how it ended. Whom it led to stands with the patient."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="traces")
    at = models.DateTimeField()
    by = models.TextField()
    source = models.TextField(help_text="The driver that was asked: pds, or local")
    outcome = models.TextField()
    candidates = models.IntegerField(default=0)
    note = models.TextField(blank=True)
    run = models.ForeignKey(TraceRun, models.PROTECT, null=True, related_name="attempts")
    # Of a link: enough to take it back when it was the wrong person's.
    before = models.JSONField(
        null=True,
        help_text="{said: the row's columns, held: the other row's contact details, bookings: {id: practice}}",
    )
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True, default="", db_default="")
    undo_reason = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints = [one_of("outcome", TraceOutcome, name="trace_outcome_known")]
        indexes = [models.Index(fields=["patient", "-at"], name="trace_newest")]


class ContactOffer(models.Model):
    """A contact detail that another source has and that differs from the hub's own newer one: a person decides."""

    # Whoever books brings the practice's word to the hub's row: by a link of the patient's own as well.
    patients_reach: ClassVar[str] = "source = 'practice' and pcnhub_is_own_patient(patient_id)"

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="offers")
    field = models.TextField(
        help_text="The patient's column: mobile_phone, home_phone, work_phone, email, postcode ..."
    )
    value = models.TextField()
    source = models.TextField()
    offered_at = models.DateTimeField()
    state = models.TextField(default=OfferState.OPEN)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("state", OfferState, name="contact_offer_state_known"),
            models.UniqueConstraint(
                fields=["patient", "field", "source"], condition=models.Q(state="open"), name="contact_offer_one_open"
            ),
        ]


class Merge(models.Model):
    """A person said that two rows of one organisation are one person. The merged row stays, and points to the kept one."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    kept = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    merged = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(blank=True)
    undo_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merged"], condition=models.Q(undone_at__isnull=True), name="merged_into_one_only"
            ),
            models.CheckConstraint(name="merge_of_two", condition=~models.Q(kept=models.F("merged"))),
        ]
