"""The audit's two tables. The database itself numbers and chains the rows (see the first migration)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class AuditEvent(models.Model):
    """One act or one opening. Written by `trail.record`, chained by a trigger, never changed."""

    append_only: ClassVar[bool] = True
    patients_reach: ClassVar[str] = "\"user\" = current_setting('pcnhub.user', true)"  # what they did themselves

    organisation_id = models.BigIntegerField(help_text="The organisation that the actor acted for: the chain's owner")
    sequence = models.BigIntegerField(default=0)
    at = models.DateTimeField()
    user = models.TextField(help_text="account:12 or system:worker")
    user_name = models.TextField()
    role_code = models.TextField(blank=True)
    role_name = models.TextField(blank=True)
    identity = models.TextField(blank=True, help_text="Where the proof of identity came from")
    purpose = models.TextField()
    action = models.TextField(help_text="Dotted, in the past: patients.opened")
    subject_type = models.TextField(blank=True)
    subject_id = models.BigIntegerField(null=True)
    nhs_number = models.TextField(blank=True)
    patient_id = models.BigIntegerField(null=True)
    nhs_numbers = ArrayField(
        models.TextField(), default=list, blank=True, help_text="Of a list: whom it showed, all of one organisation"
    )
    data_organisation_id = models.BigIntegerField(
        help_text="Whose data it was; that organisation may read the event too"
    )
    agreement_id = models.BigIntegerField(null=True)
    basis = models.TextField(blank=True, help_text="The agreement relied on, by name, or 'own record'")
    reason = models.TextField(blank=True)
    origin = models.TextField(blank=True)
    request_id = models.TextField(blank=True)
    detail = models.TextField(blank=True, help_text="JSON text: ids, codes and field names; no clinical text")
    previous_hash = models.TextField(default="")
    hash = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation_id", "sequence"], name="audit_one_row_a_place")]
        indexes = [
            models.Index(fields=["nhs_number", "-at"], name="audit_by_patient", condition=~models.Q(nhs_number="")),
            models.Index(fields=["data_organisation_id", "-at"], name="audit_by_data_owner"),
            models.Index(fields=["organisation_id", "-at"], name="audit_by_actor"),
            # Who stood in a list is looked up among one organisation's lists: under row security PostgreSQL uses no
            # index for a test of what an array holds, because that test is not leakproof.
            models.Index(fields=["organisation_id"], name="audit_lists_by_actor", condition=~models.Q(nhs_numbers=[])),
            models.Index(
                fields=["data_organisation_id"], name="audit_lists_by_owner", condition=~models.Q(nhs_numbers=[])
            ),
        ]


class AuditHead(models.Model):
    """The end of each organisation's chain: how many rows there must be, and the last one's hash."""

    database_only: ClassVar[bool] = True  # written by the trigger; the application may only read it

    organisation_id = models.BigIntegerField(primary_key=True)
    sequence = models.BigIntegerField()
    hash = models.TextField()
