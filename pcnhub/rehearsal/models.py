"""What rehearsals showed. No patient stands here: dummy patients are gone when a run is over."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pcnhub.foundations.database.constraints import one_of
from pcnhub.rehearsal.rules import StepName


class Run(models.Model):
    """One rehearsal. `word_hash`: of the secret that each of its requests brings; empty once it is over."""

    hub_id = models.BigIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    asked_by = models.TextField()
    word_hash = models.TextField(blank=True)
    rows = models.JSONField(default=list)
    is_clean = models.BooleanField(null=True)
    is_partial = models.BooleanField(default=False)
    is_kept = models.BooleanField(default=False, help_text="What it wrote stays until the next run, to be looked at")
    left_over = models.JSONField(default=list)
    trouble = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rehearsal_over_has_no_word", condition=Q(ended_at__isnull=True) | Q(word_hash="")
            ),
            models.UniqueConstraint(
                fields=["hub_id"], name="rehearsal_one_at_a_time", condition=Q(ended_at__isnull=True)
            ),
        ]
        indexes = [models.Index(fields=["hub_id", "-id"], name="rehearsal_newest")]


class ByHand(models.Model):
    """A person did a step that nothing here can do. The newest word on a step counts."""

    append_only: ClassVar[bool] = True

    run = models.ForeignKey(Run, models.PROTECT, related_name="by_hand")
    organisation_id = models.BigIntegerField()
    step = models.TextField()
    passed = models.BooleanField()
    took_minutes = models.IntegerField()
    comment = models.TextField(blank=True)
    by = models.TextField()
    by_name = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [one_of("step", StepName, name="by_hand_step_known")]
        indexes = [models.Index(fields=["run", "-id"], name="by_hand_of_run")]
