"""Slot types, templates, sessions and slots: the book, without patients."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Func, Q

from pcnhub.care.appointments.rules import DeliveryChannel, QuotaProfile, SessionState, SlotState
from pcnhub.foundations.database.constraints import ends_after_start, one_of


class SlotType(models.Model):
    """What a slot is for. Its national mapping (`domain.md` 12A.2) is data, empty until somebody maps it; what it was before
    stands in `SlotTypeMapping`."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    name = models.TextField()
    colour = models.TextField(default="blue")
    minutes = models.IntegerField()
    mode = models.TextField(help_text="National appointment mode, `domain.md` R4")
    bookable = models.BooleanField(default=True)
    patients_may_book = models.BooleanField(
        default=False, db_default=False, help_text="Patients may book it themselves, by a link of their own"
    )
    eligibility_text = models.TextField(blank=True, help_text="Who it is for, shown to whoever books")
    embargo_minutes = models.IntegerField(
        null=True, help_text="Opens to booking so long before it starts; empty: at once"
    )
    dna_after_minutes = models.IntegerField(null=True, help_text="Did not attend, by itself, so long after the start")
    service_setting = models.TextField(blank=True)
    context_type = models.TextField(blank=True)
    national_category = models.TextField(blank=True)
    retired_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hub", "name"], name="slot_type_name_once"),
            models.CheckConstraint(name="slot_type_minutes", condition=Q(minutes__gte=1, minutes__lte=480)),
        ]


class SessionRules(models.Model):
    """Who may book a session from where, and when: the same for a template and for what is made from it.

    A restriction that is empty restricts nobody, but who may book is always said: groups, codes, or explicitly everybody over
    GP Connect. `domain.md` 5.1 (bookable controls, window), 7.2, 12A.1 (release to 111).
    """

    gp_connect_bookable = models.BooleanField(default=True)
    open_to_all = models.BooleanField(default=False, help_text="Open to every organisation over GP Connect")
    organisation_types = ArrayField(models.TextField(), default=list, help_text="GP Connect organisation types")
    organisation_ods_codes = ArrayField(models.TextField(), default=list, help_text="Only these organisations")
    window_days = models.IntegerField(null=True, help_text="Bookable at most so many days ahead")
    closes_minutes = models.IntegerField(null=True, help_text="No longer bookable so long before it starts")
    release_group = models.ForeignKey(
        "organisations.OrganisationGroup", models.PROTECT, null=True, related_name="+", help_text="Such as 111"
    )
    release_at = models.TimeField(
        null=True, help_text="London time on the day from which unused slots open to that group"
    )
    counts_to_enhanced_access = models.BooleanField(default=True)
    variation = models.TextField(blank=True, help_text="The agreed variation under which it counts, if any")

    class Meta:
        abstract = True


class SessionTemplate(SessionRules):
    """A session that comes back on one weekday, every week or every few."""

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
    further_holders = models.ManyToManyField("organisations.Position", related_name="+")
    groups = models.ManyToManyField("organisations.OrganisationGroup", related_name="+")
    every_weeks = models.IntegerField(default=1, help_text="1: every week, counted from the week of the first day")
    on_bank_holidays = models.BooleanField(default=False, help_text="Takes place on bank holidays too")
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
            models.CheckConstraint(name="session_template_every", condition=Q(every_weeks__gte=1, every_weeks__lte=12)),
        ]


class TemplateException(models.Model):
    """A day on which a template does not take place, or takes place although it is a bank holiday."""

    template = models.ForeignKey(SessionTemplate, models.CASCADE, related_name="exceptions")
    day = models.DateField()
    takes_place = models.BooleanField(default=False)
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "day"], name="template_exception_once_a_day")]


class HubClosure(models.Model):
    """A bank holiday that the kept library does not know, or a day on which the hub is shut (or, a bank holiday, open)."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    day = models.DateField()
    is_open = models.BooleanField(default=False)
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub", "day"], name="hub_closure_once_a_day")]


class Session(SessionRules):
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
    further_holders = models.ManyToManyField("organisations.Position", related_name="+")
    groups = models.ManyToManyField("organisations.OrganisationGroup", related_name="+")
    state = models.TextField(default=SessionState.DRAFT)
    state_changed_at = models.DateTimeField()
    state_changed_by = models.TextField()
    rehearses_apart: ClassVar[bool] = True
    list_printed_at = models.DateTimeField(null=True, help_text="When its clinic list was last shown for printing")
    list_printed_by_name = models.TextField(blank=True, default="", db_default="")

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


class TemplateQuota(models.Model):
    """How many slots of each session one organisation, group or organisation type may book (GP Connect AAC-4)."""

    template = models.ForeignKey(SessionTemplate, models.CASCADE, related_name="quotas")
    profile = models.TextField()
    subject = models.TextField(help_text="An ODS code, a group's id or an organisation type")
    at_most = models.IntegerField()

    class Meta:
        constraints = [
            one_of("profile", QuotaProfile, name="template_quota_profile_known"),
            models.UniqueConstraint(fields=["template", "profile", "subject"], name="template_quota_once"),
            models.CheckConstraint(name="template_quota_at_most", condition=Q(at_most__gte=0)),
        ]


class SessionQuota(models.Model):
    """The same for one session, with the count that a booking raises by compare-and-set and a cancellation lowers."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="quotas")
    profile = models.TextField()
    subject = models.TextField(help_text="An ODS code, a group's id or an organisation type")
    at_most = models.IntegerField()
    used = models.IntegerField(default=0)

    class Meta:
        constraints = [
            one_of("profile", QuotaProfile, name="session_quota_profile_known"),
            models.UniqueConstraint(fields=["session", "profile", "subject"], name="session_quota_once"),
            models.CheckConstraint(name="session_quota_used", condition=Q(used__gte=0)),
        ]


class Slot(models.Model):
    """One seat in the book. `state` is the truth that a booking claims by compare-and-set.

    A hold keeps a free seat for one person until `held_until`, and ends by itself: no job takes it away. An extra seat
    (`extra_seat_of`) is what an override adds beside a slot, so that one live booking a seat stays true.
    """

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
    held_until = models.DateTimeField(null=True)
    held_by = models.TextField(blank=True, help_text="Organisation and user that hold it")
    extra_seat_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    override_reason = models.TextField(blank=True)
    rehearses_apart: ClassVar[bool] = True

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
                condition=~Q(state="cancelled") & Q(extra_seat_of__isnull=True),
            ),
            models.CheckConstraint(
                name="slot_override_says_why", condition=Q(extra_seat_of__isnull=True) | ~Q(override_reason="")
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
