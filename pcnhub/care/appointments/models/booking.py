"""Bookings, and every change of their status."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from pcnhub.care.appointments.models.book import Slot
from pcnhub.care.appointments.rules import BookingSource, BookingStatus
from pcnhub.foundations.database.constraints import one_of


class Booking(models.Model):
    """A patient in a slot. `organisation` is the hub whose book it is; `patient` is the hub's own (temporary) row."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="bookings")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    patient_practice = models.ForeignKey("organisations.Organisation", models.PROTECT, null=True, related_name="+")
    booked_by_organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    booked_by = models.TextField()
    booked_by_name = models.TextField()
    source = models.TextField()
    reason = models.TextField(blank=True, help_text="At most 100 characters, never truncated")
    notes = models.TextField(blank=True, help_text="At most 500 characters, never truncated")
    status = models.TextField(default=BookingStatus.BOOKED)
    version = models.IntegerField(default=1)
    idempotency_key = models.TextField()
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", help_text="Rebooked from")
    booked_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    cancellation_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("status", BookingStatus, name="booking_status_known"),
            one_of("source", BookingSource, name="booking_source_known"),
            # One slot, one booking: the last word, whatever the code above does.
            models.UniqueConstraint(fields=["slot"], name="booking_one_live_a_slot", condition=~Q(status="cancelled")),
            models.UniqueConstraint(fields=["booked_by_organisation", "idempotency_key"], name="booking_asked_once"),
            models.CheckConstraint(name="booking_reason_length", condition=Q(reason__regex=r"^.{0,100}$")),
            models.CheckConstraint(name="booking_notes_length", condition=LessThanOrEqual(Length("notes"), 500)),
            models.CheckConstraint(
                name="booking_cancelled_says_when",
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["patient", "-booked_at"], name="booking_by_patient")]


class BookingEvent(models.Model):
    """Who moved a booking to which status, and when."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="events")
    status = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()
    reason = models.TextField(blank=True)
