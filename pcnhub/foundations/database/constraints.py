"""Table constraints that several rooms state in the same way."""

from __future__ import annotations

from enum import StrEnum

from django.db import models


def one_of(field: str, words: type[StrEnum], *, name: str) -> models.CheckConstraint:
    """The column holds one of the enumeration's words: the database's own refusal, not a form's."""
    return models.CheckConstraint(name=name, condition=models.Q(**{f"{field}__in": [word.value for word in words]}))


def ends_after_start(start: str, end: str, *, name: str) -> models.CheckConstraint:
    """A half-open period is not empty or backwards; an open end is fine."""
    open_or_after = models.Q(**{f"{end}__isnull": True}) | models.Q(**{f"{end}__gt": models.F(start)})
    return models.CheckConstraint(name=name, condition=open_or_after)
