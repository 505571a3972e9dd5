"""Teams, tasks between organisations, and every step of each task."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from pcnhub.care.tasks.rules import TaskPriority, TaskState, TaskType
from pcnhub.foundations.database.constraints import ends_after_start, one_of


class Team(models.Model):
    """An inbox of an organisation. It must allow acceptance, and have members who may accept (`domain.md` 10)."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    name = models.TextField()
    purpose = models.TextField(blank=True)
    allows_acceptance = models.BooleanField(default=False)
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="team_name_once")]


class TeamMember(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="members")
    position = models.ForeignKey("organisations.Position", models.PROTECT, related_name="+")
    joined_on = models.DateField()
    left_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "position"], name="team_member_once", condition=Q(left_on__isnull=True)
            ),
            ends_after_start("joined_on", "left_on", name="team_member_period"),
        ]


class Task(models.Model):
    """`organisation` sent it, `to_organisation` received it. Each side names the patient by its own row."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    to_organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    to_team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    patient = models.ForeignKey("patients.Patient", models.PROTECT, null=True, related_name="+")
    receiver_patient = models.ForeignKey("patients.Patient", models.PROTECT, null=True, related_name="+")
    nhs_number = models.TextField(blank=True)
    patient_label = models.TextField(blank=True, help_text="Name, date of birth and NHS number as sent, for both sides")
    consultation = models.ForeignKey("consultations.Consultation", models.PROTECT, null=True, related_name="+")
    kind = models.TextField()
    priority = models.TextField()
    text = models.TextField()
    due_on = models.DateField()
    state = models.TextField(default=TaskState.SENT)
    version = models.IntegerField(default=1)
    sent_at = models.DateTimeField()
    sent_by = models.TextField()
    sent_by_name = models.TextField()
    state_changed_at = models.DateTimeField()
    assigned_to = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    idempotency_key = models.TextField()

    class Meta:
        constraints = [
            one_of("state", TaskState, name="task_state_known"),
            one_of("kind", TaskType, name="task_kind_known"),
            one_of("priority", TaskPriority, name="task_priority_known"),
            models.UniqueConstraint(fields=["organisation", "idempotency_key"], name="task_asked_once"),
            models.CheckConstraint(name="task_has_text", condition=~Q(text="")),
        ]
        indexes = [
            models.Index(fields=["to_organisation", "state", "due_on"], name="task_inbox"),
            models.Index(fields=["organisation", "-sent_at"], name="task_sent"),
            models.Index(fields=["to_team", "state"], name="task_of_team"),
        ]


class TaskEvent(models.Model):
    """One step of a task, with who took it: the receipts that the sender sees."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey(
        "organisations.Organisation", models.PROTECT, related_name="+", help_text="Who took the step"
    )
    task = models.ForeignKey(Task, models.PROTECT, related_name="events")
    state = models.TextField()
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()
