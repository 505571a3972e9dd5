"""Teams and who stands in for whom, tasks between organisations, and every step of each task."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from pcnhub.care.tasks.rules import ONCE, EventKind, TaskPriority, TaskState, TaskType
from pcnhub.foundations.database.constraints import ends_after_start, one_of


class Team(models.Model):
    """An inbox of an organisation. It must allow acceptance, and have members who may accept (`domain.md` 10)."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    name = models.TextField()
    purpose = models.TextField(blank=True)
    allows_acceptance = models.BooleanField(default=False)
    closed_on = models.DateField(null=True)
    kinds = ArrayField(models.TextField(), default=list, help_text="Types of task that it is for; empty: all")
    accepts_from = models.ManyToManyField(
        "organisations.Organisation", related_name="+", help_text="Whose tasks it takes; none: of all in an agreement"
    )
    lead = models.ForeignKey(
        "organisations.Position", models.PROTECT, null=True, related_name="+", help_text="To whom what is late goes"
    )
    hides_rehearsals: ClassVar[bool] = True

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="team_name_once")]


class TeamMember(models.Model):
    team = models.ForeignKey(Team, models.CASCADE, related_name="members")
    position = models.ForeignKey("organisations.Position", models.PROTECT, related_name="+")
    joined_on = models.DateField()
    left_on = models.DateField(null=True)
    hides_rehearsals: ClassVar[bool] = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "position"], name="team_member_once", condition=Q(left_on__isnull=True)
            ),
            ends_after_start("joined_on", "left_on", name="team_member_period"),
        ]


class Cover(models.Model):
    """Somebody is away, and another position of the organisation stands in, in every team and for every task of theirs."""

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    position = models.ForeignKey("organisations.Position", models.PROTECT, related_name="+", help_text="Who is away")
    stand_in = models.ForeignKey("organisations.Position", models.PROTECT, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="First day on which the absent one is back")
    made_at = models.DateTimeField()
    made_by = models.TextField()

    class Meta:
        constraints = [
            ends_after_start("starts_on", "ends_on", name="cover_period"),
            models.CheckConstraint(name="cover_by_another", condition=~Q(position=models.F("stand_in"))),
        ]
        indexes = [models.Index(fields=["organisation", "ends_on"], name="cover_of_organisation")]


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
    escalated_to = models.ForeignKey("organisations.Position", models.PROTECT, null=True, related_name="+")
    is_test = models.BooleanField(default=False, help_text="Shows that tasks go there and come back; about nobody")
    idempotency_key = models.TextField()

    class Meta:
        constraints = [
            one_of("state", TaskState, name="task_state_known"),
            one_of("kind", TaskType, name="task_kind_known"),
            one_of("priority", TaskPriority, name="task_priority_known"),
            models.UniqueConstraint(fields=["organisation", "idempotency_key"], name="task_asked_once"),
            models.CheckConstraint(name="task_has_text", condition=~Q(text="")),
            models.CheckConstraint(name="task_test_is_about_nobody", condition=Q(is_test=False) | Q(nhs_number="")),
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
    kind = models.TextField(default=EventKind.STEP)
    state = models.TextField(help_text="Of the task, once this had happened")
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.TextField()
    by_name = models.TextField()

    class Meta:
        constraints = [
            one_of("kind", EventKind, name="task_event_kind_known"),
            models.UniqueConstraint(
                fields=["task", "kind"], name="task_told_once", condition=Q(kind__in=[kind.value for kind in ONCE])
            ),
        ]
        indexes = [models.Index(fields=["task", "kind"], name="task_events")]


class TaskDocument(models.Model):
    """A document of the sender's that a task is about. The receiver finds its own copy by the fingerprint, once write-back has
    brought it."""

    append_only: ClassVar[bool] = True

    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    task = models.ForeignKey(Task, models.PROTECT, related_name="documents")
    document = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    title = models.TextField(help_text="As sent")
    sha256 = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "document"], name="task_document_once")]
