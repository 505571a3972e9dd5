"""When an organisation is open, where it said so; without a row core hours hold."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from pcnhub.care.organisations.models.organisation import Organisation


class Hours(models.Model):
    """Monday to Sunday; a day on which nobody is there has neither time."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="hours")
    opens = ArrayField(models.TimeField(null=True), size=7)
    closes = ArrayField(models.TimeField(null=True), size=7)
    on_bank_holidays = models.BooleanField(default=False)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="hours_of_seven_days", condition=models.Q(opens__len=7, closes__len=7)),
        ]
