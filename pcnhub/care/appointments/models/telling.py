"""Whom the hub still has to tell that it changed their appointment."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pcnhub.care.appointments.models.booking import Booking
from pcnhub.care.appointments.rules.telling import News, ToldBy
from pcnhub.foundations.database.constraints import one_of


class PersonToTell(models.Model):
    """Kept until somebody says that the patient was told: nobody comes to a clinic that does not take place.

    One open row a booking: who was not told of the first change need not hear of two, so `before` stays what it was.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="people_to_tell")
    news = models.TextField()
    reason = models.TextField(help_text="Why the hub changed it, as the rota manager said")
    before = models.TextField(help_text="When, with whom and where the patient believes the appointment to be")
    since = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()
    told_at = models.DateTimeField(null=True)
    told_how = models.TextField(blank=True)
    told_by = models.TextField(blank=True)
    told_by_name = models.TextField(blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("news", News, name="person_to_tell_news_known"),
            models.UniqueConstraint(
                fields=["booking"], name="person_to_tell_once_a_booking", condition=Q(told_at__isnull=True)
            ),
            models.CheckConstraint(
                name="person_told_says_how_and_who",
                condition=Q(told_at__isnull=True, told_how="", told_by="")
                | Q(told_at__isnull=False, told_how__in=[how.value for how in ToldBy]) & ~Q(told_by=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["organisation", "since"], name="person_to_tell_open", condition=Q(told_at__isnull=True)
            )
        ]
