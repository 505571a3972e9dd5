"""A row without a number may be somebody whom the practice holds: a person says so or not. Nothing is merged here."""

from __future__ import annotations

from datetime import datetime

from pcnhub.foundations.kernel.actors import Actor


def decide_duplicate(*, actor: Actor, now: datetime, duplicate_id: int, is_same: bool) -> None:
    """Write down what a person at the practice said of one pair. Raises NotFound, NotPermitted."""
    raise NotImplementedError
