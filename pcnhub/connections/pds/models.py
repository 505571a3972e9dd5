"""An extract of the demographics service, for deployments and tests that do not reach the national one."""

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
