"""The reader's words here that arrived without a session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pcnhub.care.consultations.models import LostWords
from pcnhub.care.consultations.rules.lost_words import KEPT_FOR, Form
from pcnhub.foundations.database.work import unit_of_work
from pcnhub.foundations.kernel.actors import Actor


@dataclass(frozen=True, slots=True)
class LostWordsView:
    """That there are some; what they say is for `operations.put_lost_words_back`."""

    id: int
    form: Form
    kept_at: datetime


def lost_words(*, actor: Actor, now: datetime, consultation_id: int) -> tuple[LostWordsView, ...]:
    """Those of the actor's own account whose hour is not over, the newest first."""
    with unit_of_work(actor):
        rows = LostWords.objects.filter(
            account=actor.account_id, consultation=consultation_id, kept_at__gt=now - KEPT_FOR
        )
        return tuple(LostWordsView(row.pk, Form(row.form), row.kept_at) for row in rows.order_by("-kept_at", "-pk"))
