"""What was shown is taken in: all of it, or nothing."""

from __future__ import annotations

from datetime import datetime

from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.refusals import Conflict


class ChangesetAltered(Conflict):
    """Patients changed since the changeset was shown, so that it would now be another one."""

    code = "changeset-altered"


def take_in(*, actor: Actor, now: datetime, batch_id: int, changes_sha256: str) -> None:
    """Ask for the changeset that was shown (`BatchView.changes_sha256`) to be taken in.

    A practice's own of up to AT_ONCE rows is taken in when this returns (state `imported`); any other is `importing`, and a
    job does it. Where the changeset would now be another one, nothing is taken in and the new one is shown: ChangesetAltered
    here, or from the job the state `checked` with the reason in `failure`. Raises NotFound, Conflict.
    """
    raise NotImplementedError
