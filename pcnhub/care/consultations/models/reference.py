"""What is chosen from: the code list, and a hub's outcomes."""

from __future__ import annotations

from django.db import models


class Concept(models.Model):
    """A SNOMED CT concept of the loaded list."""

    code = models.TextField(primary_key=True)
    term = models.TextField()
    kind = models.TextField(help_text="finding, disorder, procedure, observable, ...")
    source = models.TextField()


class Outcome(models.Model):
    """An outcome that a hub lets its clinicians choose: finishing needs exactly one."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    code = models.TextField()
    name = models.TextField()
    place = models.IntegerField(default=0)
    retired_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub", "code"], name="outcome_once")]
