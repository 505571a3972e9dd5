"""The names that an organisation's people have, so that a mistyped one is found without reading through the people."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models

from pcnhub.care.patients.rules import NamePart
from pcnhub.foundations.database.constraints import one_of


class KnownName(models.Model):
    """A word of a name that somebody of the organisation has, or had. It leads to nobody: who it is, is asked of the patients.

    Of a family name `name` is all of it as it is stored, which an index of the patients finds; of a given name it is empty:
    the patients have its first word themselves. Written by the database's function `patients_learnt` alone.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+", db_index=False)
    part = models.TextField()
    # Order by code point on every server, so that the beginning of a word is a range of the index.
    word = models.TextField(db_collation="C")
    name = models.TextField()

    database_only = True

    class Meta:
        constraints = [
            one_of("part", NamePart, name="known_name_part_known"),
            models.UniqueConstraint(fields=["organisation", "word", "part", "name"], name="known_name_once"),
        ]
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="known_name_by_trigrams")]
