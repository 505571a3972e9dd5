"""Onboarding a network: one run over one file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from pcnhub.foundations.kernel.refusals import InvalidInput
from pcnhub.onboarding.applying import book, organisations, people, sharing, teams
from pcnhub.onboarding.applying.progress import Change, Run
from pcnhub.onboarding.shapes import OnboardingFile

_PARTS = (organisations, people, sharing, teams, book)


def onboard(
    *, content: OnboardingFile, now: datetime, dry_run: bool = False, say: Callable[[str], None] = lambda _: None
) -> tuple[Change, ...]:
    """Make the platform say what the file says; what changed, in order. Run twice, the second time changes nothing.

    All or nothing: with a problem, or on a dry run, everything is undone. `say` hears of each part as it begins. What the file
    does not name is left alone. Raises InvalidInput with every problem, each with its place in the file.
    """
    run = Run(now=now, say=say)
    with transaction.atomic():
        for part in _PARTS:
            run.say(part.__name__.rpartition(".")[2])
            part.bring_in(content, run)
        if run.problems:
            raise InvalidInput(run.problems)
        if dry_run:
            transaction.set_rollback(True)
    return tuple(run.changes)
