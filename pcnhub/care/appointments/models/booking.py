"""Bookings, and every change of their status."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual

from pcnhub.care.appointments.models.book import Slot
from pcnhub.care.appointments.rules import BookingSource, BookingStatus
from pcnhub.foundations.database.constraints import ends_after_start, one_of


class Booking(models.Model):
    """A patient's appointment. `organisation` is the hub whose book it is; `patient` is the hub's own (temporary) row.

    `slot` is its first; all of them, one after the other, stand in `BookedSlot`. Over GP Connect the organisation that books
    may be unknown here: then only its code and what it said of itself are kept.
    """

    patients_reach: ClassVar[str] = "pcnhub_is_own_patient(patient_id)"

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="bookings")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    patient_practice = models.ForeignKey("organisations.Organisation", models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    booked_by_organisation = models.ForeignKey(
        "organisations.Organisation", models.PROTECT, null=True, related_name="+"
    )
    booked_by_ods_code = models.TextField()
    booked_by_organisation_type = models.TextField(blank=True, help_text="GP Connect organisation type, if it was sent")
    booked_by_contact = models.JSONField(
        default=dict, help_text="Name and telecom of the booking organisation, as sent"
    )
    booked_by = models.TextField()
    booked_by_name = models.TextField()
    source = models.TextField()
    reason = models.TextField(blank=True, help_text="At most 100 characters, never truncated")
    notes = models.TextField(blank=True, help_text="At most 500 characters, never truncated")
    status = models.TextField(default=BookingStatus.BOOKED)
    version = models.IntegerField(default=1)
    idempotency_key = models.TextField()
    replaces = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", help_text="Rebooked from")
    counted_quota_ids = ArrayField(
        models.BigIntegerField(), default=list, help_text="The shares of the session that it was counted against"
    )
    booked_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, help_text="Appointment.created, as the consumer sent it")
    changed_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    cancellation_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("status", BookingStatus, name="booking_status_known"),
            one_of("source", BookingSource, name="booking_source_known"),
            models.UniqueConstraint(fields=["booked_by_ods_code", "idempotency_key"], name="booking_asked_once"),
            ends_after_start("starts_at", "ends_at", name="booking_period"),
            models.CheckConstraint(name="booking_reason_length", condition=Q(reason__regex=r"^.{0,100}$")),
            models.CheckConstraint(name="booking_notes_length", condition=LessThanOrEqual(Length("notes"), 500)),
            models.CheckConstraint(
                name="booking_cancelled_says_when",
                condition=~Q(status="cancelled") | Q(cancelled_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["patient", "-booked_at"], name="booking_by_patient")]


class BookedSlot(models.Model):
    """A seat and the appointment that takes it, from the moment of booking until it is cancelled."""

    patients_reach: ClassVar[str] = "pcnhub_is_own_booking(booking_id)"

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="booked_slots")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="booked_slots")
    is_live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            # One slot, one booking: the last word, whatever the code above does.
            models.UniqueConstraint(fields=["slot"], name="booking_one_live_a_slot", condition=Q(is_live=True)),
            models.UniqueConstraint(fields=["booking", "slot"], name="booked_slot_once_a_booking"),
        ]


class BookingEvent(models.Model):
    """Who moved a booking to which status, and when."""

    append_only: ClassVar[bool] = True
    patients_reach: ClassVar[str] = "pcnhub_is_own_booking(booking_id)"

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    booking = models.ForeignKey(Booking, models.PROTECT, related_name="events")
    status = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()
    reason = models.TextField(blank=True)
