"""What is chosen from: the code list, and a hub's outcomes. No patient's data stands here."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class CodeRelease(models.Model):
    """A release of SNOMED CT that was brought in. The newest one is in use."""

    name = models.TextField(help_text="The file's name, without its folder")
    sha256 = models.TextField()
    effective_on = models.DateField(null=True, help_text="The newest effectiveTime in it")
    concepts = models.IntegerField()
    descriptions = models.IntegerField()
    relationships = models.IntegerField(default=0, help_text="Is-a pairs of active concepts; 0: without that file")
    imported_at = models.DateTimeField()


class IsA(models.Model):
    """That a concept is directly another one, as the newest release says that came with its relationship file."""

    child = models.BigIntegerField()
    parent = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["child", "parent"], name="is_a_once")]


class Concept(models.Model):
    """A SNOMED CT concept. One that a later release no longer has active can't be chosen, and keeps its name here."""

    code = models.TextField(primary_key=True)
    term = models.TextField(help_text="The preferred term")
    kind = models.TextField(help_text="finding, disorder, procedure, observable entity, ...")
    source = models.TextField()
    release = models.ForeignKey(CodeRelease, models.PROTECT, null=True, related_name="+")
    is_active = models.BooleanField(default=True)


class Description(models.Model):
    """A term by which an active concept is found: its preferred term, or a synonym."""

    concept = models.ForeignKey(Concept, models.PROTECT, related_name="+", db_index=True)
    term = models.TextField()
    letters = models.IntegerField(help_text="Length of the term: the shortest is shown first")
    words = SearchVectorField(help_text="`rules.words_of(term)`; searched by the beginnings of words")

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="description_words", fastupdate=False),
            # What has thousands of answers is read from the shortest term on, and stops at the first dozen.
            models.Index(fields=["letters", "term"], name="description_shortest"),
        ]


class CodeArrival(models.Model):
    """Where a release is copied to, before it is compared in one statement. Empty between two imports."""

    code = models.TextField()
    term = models.TextField()
    kind = models.TextField()


class Outcome(models.Model):
    """An outcome that a hub lets its clinicians choose: finishing needs exactly one."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    code = models.TextField()
    name = models.TextField()
    place = models.IntegerField(default=0)
    retired_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub", "code"], name="outcome_once")]
