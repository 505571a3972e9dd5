"""How one practice's export reads, kept so that the next file needs no mapping."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pcnhub.foundations.kernel.actors import Actor


def save_mapping(
    *, actor: Actor, now: datetime, name: str, headers: tuple[str, ...], content: Mapping[str, object]
) -> int:
    """Keep (or replace, under the same name) a mapping of the actor's organisation; its id.

    A file with the same headers is read by it from then on. `content` is as `rules.mapping_from` takes it. Raises
    InvalidInput, NotPermitted.
    """
    raise NotImplementedError
