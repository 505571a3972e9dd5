"""Two practices hold one person as theirs: a person, or the national service, says where the person is registered."""

from __future__ import annotations

from datetime import datetime

from pcnhub.foundations.kernel.actors import Actor


def decide_claim(
    *, actor: Actor, now: datetime, nhs_number: str, practice_id: int, source: str, reason: str = ""
) -> None:
    """Write down where the person is registered, for the acting hub; its own registration follows that practice.

    `source` is `pds` or `person`; a person gives a reason. Deciding again replaces. Raises NotPermitted, NotFound (nobody, or
    one practice alone, claims this person), InvalidInput.
    """
    raise NotImplementedError
