"""The service's tables: an extract for deployments without the national one; what was asked of that one, and at what pace."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Person(models.Model):
    """One line of the extract. The database shows it only to who asks for exactly this number (migration 0002)."""

    nhs_number = models.TextField(unique=True)
    superseded_by = models.TextField(
        blank=True, help_text="The person's number today, where this one is no longer used"
    )
    is_invalid = models.BooleanField(default=False)
    is_sensitive = models.BooleanField(default=False)
    title = models.TextField(blank=True)
    given_name = models.TextField(blank=True)
    other_given_names = models.TextField(blank=True)
    family_name = models.TextField(blank=True)
    birth_date = models.DateField(null=True)
    died_on = models.DateField(null=True)
    gender = models.TextField(blank=True, help_text="FHIR administrative gender; empty where the extract has none")
    address_lines = ArrayField(models.TextField(), default=list)
    postcode = models.TextField(blank=True)
    practice_ods = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="pds_nhs_number_form", condition=models.Q(nhs_number__regex=r"^[0-9]{10}$")),
            models.CheckConstraint(
                name="pds_a_person_or_a_pointer",
                condition=~models.Q(superseded_by="") | models.Q(birth_date__isnull=False),
            ),
        ]


class Pace(models.Model):
    """When the next request to a service may go out: one row a service, moved on by every process in one statement."""

    service = models.TextField(primary_key=True)
    next_at = models.DateTimeField(help_text="By the database's clock, which all processes share")


class Request(models.Model):
    """One request that went out (`national-services` 13.2): ids and keyed hashes, never what was asked or answered."""

    organisation_id = models.BigIntegerField(help_text="For whom it was made; no foreign key: it stands on its own")
    user = models.TextField()
    role_profile_id = models.TextField(blank=True)
    environment = models.TextField()
    operation = models.TextField()
    request_id = models.UUIDField(help_text="X-Request-ID: the same when it is sent again")
    correlation_id = models.UUIDField()
    attempt = models.IntegerField()
    patient_hash = models.TextField(blank=True, help_text="Keyed hash of the NHS number, where one was asked about")
    request_hash = models.TextField(help_text="Keyed hash of method, address and parameters")
    http_status = models.IntegerField(null=True, help_text="Null: no answer came")
    outcome = models.TextField()
    outcome_codes = ArrayField(models.TextField(), default=list)
    started_at = models.DateTimeField()
    milliseconds = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(name="pds_request_newest", fields=["organisation_id", "-started_at"]),
            models.Index(name="pds_request_id", fields=["request_id"]),
        ]
