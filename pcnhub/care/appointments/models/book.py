"""Slot types, templates, sessions and slots: the book, without patients."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q

from pcnhub.care.appointments.rules import DeliveryChannel, SessionState, SlotState
from pcnhub.foundations.database.constraints import ends_after_start, one_of


class SlotType(models.Model):
    """What a slot is for. Its national mapping (`domain.md` 12A.2) is data, empty until somebody maps it."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    name = models.TextField()
    colour = models.TextField(default="blue")
    minutes = models.IntegerField()
    mode = models.TextField(help_text="National appointment mode, `domain.md` R4")
    bookable = models.BooleanField(default=True)
    eligibility_text = models.TextField(blank=True, help_text="Who it is for, shown to whoever books")
    service_setting = models.TextField(blank=True)
    context_type = models.TextField(blank=True)
    national_category = models.TextField(blank=True)
    retired_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hub", "name"], name="slot_type_name_once"),
            models.CheckConstraint(name="slot_type_minutes", condition=Q(minutes__gte=1, minutes__lte=480)),
        ]


class SessionTemplate(models.Model):
    """A session that comes back every week on one weekday."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    name = models.TextField()
    weekday = models.IntegerField(help_text="1 Monday to 7 Sunday (ISO 8601)")
    starts_at = models.TimeField(help_text="London wall clock")
    ends_at = models.TimeField(help_text="London wall clock")
    slot_type = models.ForeignKey(SlotType, models.PROTECT, related_name="+")
    holder = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    site = models.ForeignKey("organisations.Site", models.PROTECT, null=True, related_name="+")
    delivery_channel = models.TextField(blank=True)
    practitioner_role = models.TextField(blank=True, help_text="SDS job role code, such as R0260")
    groups = models.ManyToManyField("organisations.OrganisationGroup", related_name="+")
    counts_to_enhanced_access = models.BooleanField(default=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "name", "weekday", "starts_at", "starts_on"], name="session_template_once"
            ),
            models.CheckConstraint(name="session_template_times", condition=Q(ends_at__gt=models.F("starts_at"))),
            models.CheckConstraint(name="session_template_weekday", condition=Q(weekday__gte=1, weekday__lte=7)),
            ends_after_start("starts_on", "ends_on", name="session_template_period"),
        ]


class Session(models.Model):
    """One clinic of one holder at one place. Drafts may be incomplete; publishing checks (see `operations`)."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    template = models.ForeignKey(SessionTemplate, models.PROTECT, null=True, related_name="+")
    name = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    holder = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    site = models.ForeignKey("organisations.Site", models.PROTECT, null=True, related_name="+")
    delivery_channel = models.TextField(blank=True)
    practitioner_role = models.TextField(blank=True)
    groups = models.ManyToManyField("organisations.OrganisationGroup", related_name="+")
    counts_to_enhanced_access = models.BooleanField(default=True)
    state = models.TextField(default=SessionState.DRAFT)
    state_changed_at = models.DateTimeField()
    state_changed_by = models.TextField()

    class Meta:
        constraints = [
            one_of("state", SessionState, name="session_state_known"),
            ends_after_start("starts_at", "ends_at", name="session_period"),
            models.CheckConstraint(
                name="session_channel_known", condition=Q(delivery_channel__in=["", *DeliveryChannel])
            ),
            models.UniqueConstraint(
                fields=["template", "starts_at"], name="session_once_a_template", condition=Q(template__isnull=False)
            ),
        ]
        indexes = [models.Index(fields=["hub", "starts_at"], name="session_by_time")]


class Slot(models.Model):
    """One seat in the book. `state` is the truth that a booking claims by compare-and-set."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    session = models.ForeignKey(Session, models.PROTECT, related_name="slots")
    holder = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    clinician = models.ForeignKey(
        "organisations.Account", models.PROTECT, null=True, related_name="+", help_text="The person behind the holder"
    )
    slot_type = models.ForeignKey(SlotType, models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    state = models.TextField(default=SlotState.FREE)
    blocked_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("state", SlotState, name="slot_state_known"),
            ends_after_start("starts_at", "ends_at", name="slot_period"),
            # One clinician is in one place at a time: the person, whatever positions they have, at whichever hubs.
            ExclusionConstraint(
                name="slot_clinician_once",
                expressions=[
                    (
                        Func("starts_at", "ends_at", function="TSTZRANGE", output_field=DateTimeRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                    ("clinician", RangeOperators.EQUAL),
                ],
                condition=~Q(state="cancelled"),
            ),
            models.CheckConstraint(
                name="slot_held_by_somebody",
                condition=Q(holder__isnull=True, clinician__isnull=True)
                | Q(holder__isnull=False, clinician__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["hub", "starts_at"], name="slot_free", condition=Q(state="free")),
            models.Index(fields=["session", "starts_at"], name="slot_by_session"),
        ]
