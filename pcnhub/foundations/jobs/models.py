"""The outbox: one row for each thing that must still happen. It holds ids, never a person's data."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class JobState(models.TextChoices):
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # tried as often as allowed, or can't succeed: waits for a person
    DROPPED = "dropped"  # a person decided, with a reason, that it shall not happen


class Job(models.Model):
    """One handler to be called for one fact. Claimed under a lease; finished in the transaction of its own effects."""

    fact = models.TextField(help_text="Past and dotted: consultations.finished")
    handler = models.TextField(help_text="The registered name of the handler")
    payload = models.JSONField()
    organisation_id = models.BigIntegerField(help_text="For which organisation the handler acts")
    caused_by = models.TextField(help_text="The user whose act it follows from")
    request_id = models.TextField(blank=True)
    dedup_key = models.TextField(unique=True, help_text="The same thing asked twice is one job")
    ordering_key = models.TextField(blank=True, help_text="Jobs with one key run one after another, in order")
    state = models.TextField(choices=JobState.choices, default=JobState.READY)
    attempts = models.IntegerField(default=0)
    run_after = models.DateTimeField()
    is_awaited = models.BooleanField(
        default=False,
        db_default=False,
        help_text="Somebody looks at a page until it is done: before what nobody waits for",
    )
    worker = models.TextField(blank=True)
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    error_code = models.TextField(blank=True)
    error = models.TextField(blank=True)
    remedy = models.TextField(blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    hides_rehearsals: ClassVar[bool] = True
    rehearsal_id: int | None = None  # the column is the database's own (`rehearsal_marks`); a claim brings it along

    class Meta:
        constraints = [
            models.CheckConstraint(name="jobs_state_known", condition=models.Q(state__in=JobState.values)),
            models.CheckConstraint(
                name="jobs_running_has_lease",
                condition=~models.Q(state="running") | models.Q(lease_until__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["-is_awaited", "run_after", "id"],
                name="jobs_in_turn",
                condition=models.Q(state__in=["ready", "running"]),
            ),
            models.Index(
                fields=["ordering_key", "id"],
                name="jobs_order",
                condition=models.Q(state__in=["ready", "running", "failed"]) & ~models.Q(ordering_key=""),
            ),
            models.Index(
                fields=["organisation_id", "-id"], name="jobs_waiting_for_a_person", condition=models.Q(state="failed")
            ),
        ]


class Heartbeat(models.Model):
    """When each worker was last alive."""

    worker = models.TextField(primary_key=True)
    beat_at = models.DateTimeField()
