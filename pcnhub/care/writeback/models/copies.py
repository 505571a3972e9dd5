"""One row for each version of each consultation that must reach its patient's practice, and how long an organisation waits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pcnhub.care.writeback.rules import CopyState, Route
from pcnhub.foundations.database.constraints import one_of


class Copy(models.Model):
    """`organisation` sends (the hub), `target` receives (the registered practice; of one outside the network only its ODS code
    is known)."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    target = models.ForeignKey("organisations.Organisation", models.PROTECT, null=True, related_name="+")
    target_ods = models.TextField(
        blank=True, help_text="Of a practice outside the network; empty where `target` says it"
    )
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
    route = models.TextField(default=Route.RECORD)
    state = models.TextField(default=CopyState.PENDING)
    reason_code = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    who_can = models.TextField(blank=True)
    receipt = models.TextField(blank=True)
    finished_at = models.DateTimeField(help_text="When the version was finished at the hub")
    due_at = models.DateTimeField(null=True, help_text="By MESH: when it must have left")
    report_uuid = models.UUIDField(null=True, unique=True, help_text="By MESH: the document's own number")
    replaces_uuid = models.UUIDField(null=True, help_text="By MESH: the number of the document that it replaces")
    message_id = models.TextField(blank=True, help_text="What MESH called it")
    sent_at = models.DateTimeField(null=True)
    state_changed_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    documents_left_behind = models.IntegerField(
        default=0, help_text="By MESH: how many documents were filed to the consultation after this had left"
    )

    class Meta:
        constraints = [
            one_of("state", CopyState, name="copy_state_known"),
            one_of("route", Route, name="copy_route_known"),
            models.UniqueConstraint(fields=["consultation", "version"], name="copy_once_a_version"),
            models.CheckConstraint(
                name="copy_has_receiver", condition=Q(target__isnull=False, target_ods="") | ~Q(target_ods="")
            ),
            models.CheckConstraint(
                name="copy_acknowledged_has_receipt",
                condition=~Q(state="acknowledged") | (~Q(receipt="") & Q(acknowledged_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="copy_by_mesh_has_number",
                condition=Q(route="record") | Q(due_at__isnull=False, report_uuid__isnull=False),
            ),
            # Nobody reads "sent" before MESH has taken it and said under which number.
            models.CheckConstraint(
                name="copy_sent_was_sent",
                condition=~Q(state__in=["sent", "received"]) | (Q(route="mesh") & Q(sent_at__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "target", "finished_at"], name="copy_by_target"),
            models.Index(fields=["organisation", "-finished_at"], name="copy_by_time"),
        ]


class CopyEvent(models.Model):
    """Every state that a copy went through, and why."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    copy = models.ForeignKey(Copy, models.PROTECT, related_name="events")
    state = models.TextField()
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.TextField()


class SendingRule(models.Model):
    """How long an organisation waits for further edits before it sends a report to a practice elsewhere."""

    organisation = models.OneToOneField("organisations.Organisation", models.PROTECT, related_name="+")
    window_minutes = models.IntegerField()
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sending_rule_window", condition=Q(window_minutes__gte=0, window_minutes__lte=24 * 60)
            )
        ]
