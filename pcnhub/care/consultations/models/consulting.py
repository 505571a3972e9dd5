"""Consultations and their versions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pcnhub.care.consultations.rules import ConsultationState
from pcnhub.foundations.database.constraints import one_of


class Consultation(models.Model):
    """One encounter. The draft is kept here; each finished state is a `Version` that never changes."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    booking = models.ForeignKey("appointments.Booking", models.PROTECT, null=True, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    patient_practice = models.ForeignKey("organisations.Organisation", models.PROTECT, null=True, related_name="+")
    author = models.ForeignKey("organisations.Position", models.PROTECT, related_name="+")
    author_name = models.TextField()
    site = models.ForeignKey("organisations.Site", models.PROTECT, null=True, related_name="+")
    state = models.TextField(default=ConsultationState.DRAFT)
    draft = models.JSONField(default=dict, help_text="`Notes.as_json` while it is edited")
    draft_saved_at = models.DateTimeField(null=True)
    draft_saved_by = models.TextField(blank=True, help_text="Name of whoever saved last, to tell the other one")
    draft_saver = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    draft_noted_at = models.DateTimeField(null=True, help_text="When a save of the draft was last put on record")
    revision = models.IntegerField(default=0, help_text="Counts saves: whoever saves on an older one is told")
    version = models.IntegerField(default=0, help_text="The newest finished version; 0 while none is")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    in_error_at = models.DateTimeField(null=True)
    in_error_by = models.TextField(blank=True)
    in_error_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("state", ConsultationState, name="consultation_state_known"),
            models.CheckConstraint(
                name="consultation_finished_has_version",
                condition=Q(state="draft", version=0)
                | Q(state="finished", version__gte=1, finished_at__isnull=False)
                | Q(state="in-error", version=0)
                | Q(state="in-error", version__gte=2, finished_at__isnull=False),
            ),
            models.CheckConstraint(
                name="consultation_in_error_says_why",
                condition=Q(in_error_at__isnull=True, in_error_reason="") & ~Q(state="in-error")
                | Q(state="in-error", in_error_at__isnull=False) & ~Q(in_error_reason=""),
            ),
            # One that counts for each booking: what was recorded in error makes room for the right one.
            models.UniqueConstraint(
                fields=["booking"], condition=~Q(state="in-error"), name="consultation_once_per_booking"
            ),
        ]
        indexes = [models.Index(fields=["organisation", "-started_at"], name="consultation_by_time")]


class Version(models.Model):
    """What was saved as finished: version 1, one more for each amendment, and one that marks all of it as in error."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="versions")
    number = models.IntegerField()
    sections = models.JSONField(help_text="`Notes.sections_json`, in order")
    entries = models.JSONField(help_text="`Notes.entries_json`, in order")
    is_confidential = models.BooleanField(default=False)
    follow_up = models.JSONField(null=True, help_text="`Notes.follow_up_json`")
    outcome_code = models.TextField()
    outcome_name = models.TextField()
    author_position = models.ForeignKey("organisations.Position", models.PROTECT, related_name="+")
    author_name = models.TextField()
    author_role = models.TextField(blank=True)
    amendment_reason = models.TextField(blank=True)
    is_in_error = models.BooleanField(default=False, help_text="Says that all of it was recorded in error, and why")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["consultation", "number"], name="version_once"),
            models.CheckConstraint(name="version_amendment_says_why", condition=Q(number=1) | ~Q(amendment_reason="")),
        ]
