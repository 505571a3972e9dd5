"""When a hub means to go live, what the checks last answered, and what people say where no system can."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from pcnhub.foundations.database.constraints import one_of
from pcnhub.foundations.kernel.findings import State


class Aim(models.Model):
    """The day on which a hub means to go live. The newest row counts."""

    append_only: ClassVar[bool] = True

    hub_id = models.BigIntegerField()
    go_live_on = models.DateField()
    by = models.TextField()
    by_name = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["hub_id", "-id"], name="aim_newest")]


class Result(models.Model):
    """The newest answer of one check about one organisation. Replaced at each run; `since` moves only with the state."""

    hub_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()
    check_id = models.TextField()
    state = models.TextField()
    evidence = models.TextField()
    fix_what = models.TextField(blank=True)
    fix_who = models.TextField(blank=True)
    fix_page = models.TextField(blank=True)
    fix_page_args = models.JSONField(default=list)
    has_failed = models.BooleanField(default=False)
    checked_at = models.DateTimeField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("state", State, name="result_state_known"),
            models.UniqueConstraint(fields=["hub_id", "organisation_id", "check_id"], name="result_once"),
        ]


class Attestation(models.Model):
    """A named person states that a check is met, with the evidence and its expiry. The newest row counts."""

    append_only: ClassVar[bool] = True

    hub_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()
    check_id = models.TextField()
    name = models.TextField()
    stated_on = models.DateField()
    document = models.TextField(help_text="Where the evidence is kept")
    expires_on = models.DateField(help_text="First day on which it no longer counts")
    was_withdrawn = models.BooleanField(default=False, help_text="This row ends the one before it")
    reason = models.TextField(blank=True, help_text="Why it was withdrawn")
    by = models.TextField()
    by_name = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["hub_id", "check_id", "organisation_id", "-id"], name="attestation_newest")]


class Waiver(models.Model):
    """A permitted person accepts that a check is unmet, with a reason, until a day. The newest row counts."""

    append_only: ClassVar[bool] = True

    hub_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()
    check_id = models.TextField()
    reason = models.TextField()
    ends_on = models.DateField(help_text="First day on which it no longer counts")
    was_withdrawn = models.BooleanField(default=False, help_text="This row ends the one before it")
    by = models.TextField()
    by_name = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["hub_id", "check_id", "organisation_id", "-id"], name="waiver_newest")]
