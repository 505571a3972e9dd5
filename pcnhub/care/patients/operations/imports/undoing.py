"""An import is undone: who came with it goes, and who was changed is as before; whoever changed since is left, by name."""

from __future__ import annotations

from datetime import datetime

from pcnhub.foundations.kernel.actors import Actor


def undo(*, actor: Actor, now: datetime, batch_id: int, reason: str) -> None:
    """Undo what an import did. Who was changed again since, or is used elsewhere (booked, say), is left as they are: their
    `ChangeView.left_because` says why, and `BatchView.kept_back` counts them.

    A practice's own of up to AT_ONCE rows is undone when this returns (state `undone`); any other is `undoing`, and a job
    does it. Raises NotFound, Conflict (not taken in), InvalidInput (no reason).
    """
    raise NotImplementedError
