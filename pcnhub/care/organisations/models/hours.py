"""When an organisation is open, where it said so (without a row core hours hold), and the single days on which it is not."""

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


class ClosedDay(models.Model):
    """A day, or a part of it, on which an organisation is closed that is open otherwise: training, a move, a funeral."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="closed_days")
    day = models.DateField()
    starts = models.TimeField(null=True, help_text="London time; none: from opening")
    ends = models.TimeField(null=True, help_text="London time; none: until closing")
    reason = models.TextField()
    said_at = models.DateTimeField()
    said_by = models.TextField(help_text="Name of who said so")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "day"], name="closed_day_once"),
            models.CheckConstraint(
                name="closed_day_ends_after_it_starts",
                condition=models.Q(starts__isnull=True)
                | models.Q(ends__isnull=True)
                | models.Q(ends__gt=models.F("starts")),
            ),
        ]
