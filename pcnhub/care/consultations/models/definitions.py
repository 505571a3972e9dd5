"""What a hub took in from files (clinical and document templates, protocols), and what was done in consultations by them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pcnhub.care.consultations.rules.definitions import DefinitionKind, DefinitionState
from pcnhub.care.consultations.rules.protocols import DeedKind
from pcnhub.foundations.database.constraints import one_of


class Definition(models.Model):
    """One version of one file. Its words never change: what is changed is a new version. Holds nobody's data."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    kind = models.TextField()
    key = models.TextField(help_text="The same for every version of one thing")
    number = models.IntegerField(help_text="Version, counted from 1 by key")
    title = models.TextField()
    source = models.TextField(help_text="The file as it was given (TOML)")
    sha256 = models.TextField()
    state = models.TextField(default=DefinitionState.DRAFT)
    taken_in_at = models.DateTimeField()
    taken_in_by = models.TextField()
    state_changed_at = models.DateTimeField()
    state_changed_by = models.TextField()
    retired_because = models.TextField(blank=True)

    class Meta:
        constraints = [
            one_of("kind", DefinitionKind, name="definition_kind_known"),
            one_of("state", DefinitionState, name="definition_state_known"),
            models.UniqueConstraint(fields=["hub", "kind", "key", "number"], name="definition_version_once"),
            models.UniqueConstraint(
                fields=["hub", "kind", "key"],
                name="definition_published_once",
                condition=Q(state=DefinitionState.PUBLISHED.value),
            ),
        ]


class Needed(models.Model):
    """That a hub wants this published, in this version or a later one: its required set (CHK-50)."""

    hub = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    kind = models.TextField()
    key = models.TextField()
    number = models.IntegerField()

    class Meta:
        constraints = [
            one_of("kind", DefinitionKind, name="needed_kind_known"),
            models.UniqueConstraint(fields=["hub", "kind", "key"], name="needed_once"),
        ]


class Deed(models.Model):
    """What was done in a consultation that a protocol asks for, or why it was not needed. Only grows."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    consultation = models.ForeignKey("consultations.Consultation", models.PROTECT, related_name="deeds")
    kind = models.TextField()
    protocol = models.TextField(blank=True, help_text="Key of the protocol that asked; empty: nobody had to")
    ask = models.TextField(blank=True)
    what = models.TextField(blank=True, help_text="Type of a task, key of a document template")
    priority = models.TextField(blank=True, help_text="Of a task")
    text = models.TextField(blank=True, help_text="The advice, the reason of an override, the title of a document")
    definition = models.ForeignKey(Definition, models.PROTECT, null=True, related_name="+")
    reference = models.TextField(blank=True, help_text="Number of the task or document")
    sha256 = models.TextField(blank=True, help_text="Of a document's bytes")
    at = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()

    class Meta:
        constraints = [
            one_of("kind", DeedKind, name="deed_kind_known"),
            models.CheckConstraint(name="deed_override_says_why", condition=~Q(kind="override") | ~Q(text="")),
        ]
        indexes = [models.Index(fields=["consultation", "at"], name="deed_of_consultation")]
