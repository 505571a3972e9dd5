"""When a hub means to go live, what the checks last answered, and what people say where no system can."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from pcnhub.foundations.database.constraints import one_of
from pcnhub.foundations.kernel.findings import State
from pcnhub.insight.readiness.rules import CellState, ProofKind


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
    fix_field = models.TextField(blank=True, default="")
    has_failed = models.BooleanField(default=False)
    checked_at = models.DateTimeField()
    since = models.DateTimeField()
    proved_by = models.TextField(default=ProofKind.STATE)
    took_ms = models.IntegerField(null=True)

    class Meta:
        constraints = [
            one_of("state", State, name="result_state_known"),
            one_of("proved_by", ProofKind, name="result_proof_known"),
            models.UniqueConstraint(fields=["hub_id", "organisation_id", "check_id"], name="result_once"),
        ]


class Change(models.Model):
    """A cell of the grid went from one state to another. `was` is empty where it had none; `evidence` is of what it became."""

    append_only: ClassVar[bool] = True

    hub_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()
    check_id = models.TextField()
    was = models.TextField(blank=True)
    became = models.TextField()
    evidence = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [one_of("became", CellState, name="change_state_known")]
        indexes = [
            models.Index(fields=["hub_id", "organisation_id", "check_id", "-id"], name="change_newest"),
            models.Index(fields=["hub_id", "at"], name="change_by_day"),
        ]


class Run(models.Model):
    """Somebody asked that everything be checked now: how far it is, for a page that shows it."""

    hub_id = models.BigIntegerField()
    asked_by = models.TextField()
    asked_by_name = models.TextField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    doing = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["hub_id", "-id"], name="run_newest")]


class Heard(models.Model):
    """What was last heard of something that is the same for every hub of this installation, and when it was really asked."""

    key = models.TextField(primary_key=True)
    asked_at = models.DateTimeField()
    took_ms = models.IntegerField(null=True)
    is_late = models.BooleanField(help_text="No answer when the time was up")
    value = models.JSONField(null=True)


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
