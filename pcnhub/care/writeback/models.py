"""One row for each version of each consultation that must reach its patient's practice."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pcnhub.care.writeback.rules import CopyState
from pcnhub.foundations.database.constraints import one_of


class Copy(models.Model):
    """`organisation` sends (the hub), `target` receives (the registered practice)."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    target = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    consultation = models.ForeignKey("consultations.Consultation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+", help_text="The hub's own row")
    target_patient = models.ForeignKey(
        "patients.Patient",
        models.PROTECT,
        null=True,
        related_name="+",
        help_text="The receiver's row that it was filed under",
    )
    version = models.IntegerField()
    state = models.TextField(default=CopyState.PENDING)
    reason_code = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    who_can = models.TextField(blank=True)
    receipt = models.TextField(blank=True)
    finished_at = models.DateTimeField(help_text="When the version was finished at the hub")
    state_changed_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", CopyState, name="copy_state_known"),
            models.UniqueConstraint(fields=["consultation", "version", "target"], name="copy_once"),
            models.CheckConstraint(
                name="copy_acknowledged_has_receipt",
                condition=~Q(state="acknowledged") | (~Q(receipt="") & Q(acknowledged_at__isnull=False)),
            ),
        ]
        indexes = [models.Index(fields=["organisation", "target", "finished_at"], name="copy_by_target")]


class CopyEvent(models.Model):
    """Every state that a copy went through, and why."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    copy = models.ForeignKey(Copy, models.PROTECT, related_name="events")
    state = models.TextField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.TextField()
