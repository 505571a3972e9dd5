"""The practice's formularies, and the drugs that copies brought to it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pcnhub.care.writeback.rules import DrugState
from pcnhub.foundations.database.constraints import one_of


class Formulary(models.Model):
    """A named list of drugs of one practice: what may be entered from a copy without anybody looking."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    name = models.TextField()
    file_name = models.TextField()
    imported_at = models.DateTimeField()
    imported_by = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="formulary_once")]


class FormularyDrug(models.Model):
    """A dm+d or SNOMED CT concept of a formulary."""

    formulary = models.ForeignKey(Formulary, models.CASCADE, related_name="drugs")
    code = models.TextField()
    name = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["formulary", "code"], name="formulary_drug_once")]


class Drug(models.Model):
    """A medication entry of a filed consultation, and what became of it in the practice's medication list.

    The notes that mention it have arrived whatever happens here (`domain.md` 12.2 A12).
    """

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    source_organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    patient = models.ForeignKey(
        "patients.Patient", models.PROTECT, related_name="+", help_text="The practice's own row"
    )
    source_key = models.TextField(help_text="Of the consultation, all versions alike")
    version = models.IntegerField(help_text="The newest version of the consultation that has it")
    code = models.TextField()
    term = models.TextField()
    directions = models.TextField(blank=True)
    is_confidential = models.BooleanField(default=False)
    state = models.TextField()
    reason_code = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    position = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    prescriber_name = models.TextField(blank=True, help_text="Under whose name it was entered")
    mentioned_at = models.DateTimeField(help_text="When the patient was seen")
    mentioned_by = models.TextField(help_text="Who wrote of it at the hub")
    arrived_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(blank=True)
    decided_by_name = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("state", DrugState, name="drug_state_known"),
            models.UniqueConstraint(
                fields=["organisation", "source_organisation", "source_key", "code", "directions"], name="drug_once"
            ),
            models.CheckConstraint(
                name="drug_filed_under_somebody", condition=~Q(state="filed") | Q(position__isnull=False)
            ),
            models.CheckConstraint(name="drug_declined_says_why", condition=~Q(state="declined") | ~Q(reason="")),
        ]
        indexes = [
            models.Index(fields=["organisation", "arrived_at"], name="drug_waiting", condition=Q(state="waiting"))
        ]
