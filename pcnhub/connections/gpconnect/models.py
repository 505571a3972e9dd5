"""Whom an organisation may ask over GP Connect, and what it asked for its patients that must not be lost or guessed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from pcnhub.connections.gpconnect.words import Capability, Deed, State
from pcnhub.foundations.database.constraints import ends_after_start, one_of


class Endpoint(models.Model):
    """One line of an organisation's own directory: where another organisation's service stands."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    ods_code = models.TextField(help_text="Whose service it is")
    name = models.TextField()
    capability = models.TextField()
    service_root = models.TextField(help_text="As registered, without / at its end")
    asid = models.TextField()
    party_key = models.TextField(blank=True)
    phone = models.TextField(blank=True, help_text="Whom to ring when the service does not answer")
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    changed_by = models.TextField()

    class Meta:
        constraints = [
            one_of("capability", Capability, name="gpconnect_endpoint_capability"),
            models.UniqueConstraint(name="gpconnect_endpoint_once", fields=["organisation", "ods_code", "capability"]),
        ]


class BookingElsewhere(models.Model):
    """A wish to book, change or cancel at another system, written down before it is asked, and what came of it.

    `state` is `booked` only once the other system has said so; where its answer is in doubt, `deed` says of what.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, related_name="+")
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="+")
    idempotency_key = models.TextField()
    state = models.TextField()
    deed = models.TextField(blank=True, help_text="What is being asked, or is in doubt")
    slot_ids = ArrayField(models.TextField())
    location_id = models.TextField(help_text="The other system's, as are all ids beneath")
    practitioner_id = models.TextField(blank=True)
    their_patient_id = models.TextField()
    appointment_id = models.TextField(blank=True)
    version = models.TextField(blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    what = models.TextField(
        help_text="Practitioner, slot type, channel and place, as they were shown when it was chosen"
    )
    description = models.TextField()
    comment = models.TextField(blank=True)
    wanted = models.JSONField(default=dict, help_text="What an amendment or a cancellation in doubt was to bring about")
    answer = models.TextField(blank=True, help_text="What the other system said last, in plain words")
    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    changed_at = models.DateTimeField()
    looked_at = models.DateTimeField(null=True, help_text="When it was last compared with the other system")
    trace_id = models.TextField(blank=True, help_text="Of the last call, for the other system's people to find it")

    class Meta:
        constraints = [
            one_of("state", State, name="gpconnect_booking_state"),
            models.CheckConstraint(
                name="gpconnect_booking_deed",
                condition=models.Q(deed__in=["", *(deed.value for deed in Deed)]),
            ),
            ends_after_start("starts_at", "ends_at", name="gpconnect_booking_period"),
            models.UniqueConstraint(name="gpconnect_booking_wish_once", fields=["organisation", "idempotency_key"]),
            # Nothing is shown as booked that the other system has not named
            models.CheckConstraint(
                name="gpconnect_booked_is_named",
                condition=~models.Q(state=State.BOOKED.value) | ~models.Q(appointment_id=""),
            ),
            models.CheckConstraint(
                name="gpconnect_open_names_its_deed",
                condition=~models.Q(state__in=[State.ASKING.value, State.IN_DOUBT.value]) | ~models.Q(deed=""),
            ),
        ]
        indexes = [models.Index(name="gpconnect_booking_patient", fields=["patient", "starts_at"])]
