"""What people say about readiness, as no system can answer it: attestations and waivers."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Attestation(models.Model):
    """A named person states that a check is met, with the evidence and its expiry."""

    append_only: ClassVar[bool] = True

    hub_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()
    check_id = models.TextField()
    name = models.TextField()
    stated_on = models.DateField()
    document = models.TextField(help_text="Where the evidence is kept")
    expires_on = models.DateField()
    by = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["hub_id", "check_id", "organisation_id", "-at"], name="attestation_newest")]


class Waiver(models.Model):
    """A permitted person accepts that a check is unmet, with a reason, until a day."""

    append_only: ClassVar[bool] = True

    hub_id = models.BigIntegerField()
    organisation_id = models.BigIntegerField()
    check_id = models.TextField()
    reason = models.TextField()
    ends_on = models.DateField()
    by = models.TextField()
    by_name = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["hub_id", "check_id", "organisation_id", "-at"], name="waiver_newest")]
