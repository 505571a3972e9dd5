"""Who is to be told what, the letters that carry it, and what each person wants to be told. No patient stands in them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from pcnhub.connections.mail.words import LetterState, NoticeKind, Wish
from pcnhub.foundations.database.constraints import one_of


class Letter(models.Model):
    """One e-mail to one person at one organisation, or to an organisation's own address. `uuid` is in its Message-ID at every
    attempt: a mail system that is given it twice can tell."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    account = models.ForeignKey("organisations.Account", models.PROTECT, null=True, related_name="+")
    state = models.TextField(default=LetterState.QUEUED)
    attempts = models.IntegerField(default=0)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error_code = models.TextField(blank=True)
    error = models.TextField(blank=True)
    rehearses_apart: ClassVar[bool] = True

    class Meta:
        constraints = [
            one_of("state", LetterState, name="letter_state_known"),
            models.CheckConstraint(
                name="letter_sent_says_when", condition=~Q(state=LetterState.SENT) | Q(sent_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at", "id"], name="letter_due", condition=Q(state=LetterState.QUEUED)),
            models.Index(fields=["organisation", "-id"], name="letter_of_organisation"),
        ]


class Notice(models.Model):
    """One thing that somebody is told once. Without an account it is for the organisation's own address."""

    key = models.TextField(unique=True, help_text="The same news to the same person is one notice")
    organisation = models.ForeignKey("organisations.Organisation", models.PROTECT, related_name="+")
    account = models.ForeignKey("organisations.Account", models.PROTECT, null=True, related_name="+")
    kind = models.TextField()
    about = models.BigIntegerField(help_text="Id of the task, the copy, or what else the kind is about")
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    not_before = models.DateTimeField()
    letter = models.ForeignKey(Letter, models.PROTECT, null=True, related_name="notices")
    figures = models.JSONField(default=dict, help_text="What its sentence counts; nothing of a patient")
    left_out = models.TextField(blank=True, help_text="Why no letter carries it: opted-out, no-address")
    rehearses_apart: ClassVar[bool] = True

    class Meta:
        constraints = [one_of("kind", NoticeKind, name="notice_kind_known")]
        indexes = [
            models.Index(
                fields=["not_before", "id"], name="notice_unbound", condition=Q(letter__isnull=True, left_out="")
            )
        ]


class Preference(models.Model):
    """What a person chose; without a row everything comes as it happens."""

    account = models.OneToOneField("organisations.Account", models.CASCADE, primary_key=True, related_name="+")
    wish = models.TextField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [one_of("wish", Wish, name="mail_wish_known")]
