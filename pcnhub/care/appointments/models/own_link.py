"""The links by which patients book, move and cancel for themselves."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pcnhub.care.appointments.models.booking import Booking
from pcnhub.care.appointments.rules.own_links import MOST_DAYS_AHEAD, WRONG_DATES


class OwnLink(models.Model):
    """A link that an organisation gave to one patient: to book once, or, with a `booking`, to that appointment.

    Of the link itself only a hash is kept: who reads this table can't open it. `patient` is the row of the organisation that
    gave it; `booking` stands in a hub's book, which may be another organisation's.
    """

    patients_reach: ClassVar[str] = "'patient:' || id = current_setting('pcnhub.user', true)"

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, null=True, related_name="own_links")
    token_hash = models.TextField(unique=True, help_text="SHA-256 of the link's secret, in hexadecimal")
    days_ahead = models.IntegerField(help_text="Bookable on so many days, today the first")
    slot_type_ids = ArrayField(
        models.BigIntegerField(), default=list, help_text="Of these types only; empty: any that patients may book"
    )
    given_at = models.DateTimeField()
    given_by = models.TextField()
    given_by_name = models.TextField()
    given_job_category = models.TextField(blank=True, help_text="Of whoever gave it: agreements ask for one")
    expires_at = models.DateTimeField(help_text="Of a link to an appointment: when that ends")
    opened_at = models.DateTimeField(null=True, help_text="When it was last opened with the right date of birth")
    wrong_dates = models.IntegerField(default=0, help_text="Wrong dates of birth since it was last opened")
    locked_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(blank=True)
    withdrawn_by_name = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="own_link_hash", condition=Q(token_hash__regex=r"^[0-9a-f]{64}$")),  # noqa: S106 - a pattern
            models.CheckConstraint(
                name="own_link_days_ahead", condition=Q(days_ahead__gte=1, days_ahead__lte=MOST_DAYS_AHEAD)
            ),
            models.CheckConstraint(
                name="own_link_locked_at_last_wrong_date",
                condition=Q(wrong_dates__gte=0, wrong_dates__lt=WRONG_DATES) | Q(locked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="own_link_withdrawn_says_who", condition=Q(withdrawn_at__isnull=True) | ~Q(withdrawn_by="")
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "-given_at"], name="own_link_by_patient"),
        ]
