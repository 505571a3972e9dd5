"""The journal of what was asked of the national directory. It holds no patient."""

from __future__ import annotations

from django.db import models


class Lookup(models.Model):
    """One search (`national-services` 13.2): what was asked, for whom, how it ended and how long it took."""

    organisation_id = models.BigIntegerField(help_text="For whom it was made; no foreign key: it stands on its own")
    user = models.TextField()
    driver = models.TextField(help_text="fhir or ldap")
    operation = models.TextField(help_text="endpoint or device")
    correlation_id = models.UUIDField()
    ods_code = models.TextField(help_text="Who was looked for")
    interaction = models.TextField()
    party_key = models.TextField(blank=True)
    outcome = models.TextField(help_text="found, nothing, no-answer, refused, unclear")
    found = models.IntegerField(help_text="How many records came")
    answer_code = models.IntegerField(
        null=True, help_text="HTTP status or LDAP result; null: none came, or it was a yes"
    )
    started_at = models.DateTimeField()
    milliseconds = models.IntegerField()

    class Meta:
        indexes = [models.Index(name="sds_lookup_newest", fields=["organisation_id", "-started_at"])]
