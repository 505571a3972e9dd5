"""Documents filed to a consultation."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Attachment(models.Model):
    """One document of the consultation's own patient (the database's trigger says so). Detached, it stays, with the reason."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    consultation = models.ForeignKey("consultations.Consultation", models.PROTECT, related_name="attachments")
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()
    attached_by = models.TextField()
    detached_at = models.DateTimeField(null=True)
    detached_by = models.TextField(blank=True)
    detach_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["consultation", "document"], condition=Q(detached_at__isnull=True), name="attachment_once"
            ),
            models.CheckConstraint(
                name="attachment_detached_says_why", condition=Q(detached_at__isnull=True) | ~Q(detach_reason="")
            ),
        ]
