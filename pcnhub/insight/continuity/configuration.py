"""Where packs go, as the settings say (docs/operate/settings.md)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from pcnhub.insight.continuity.keys import public_key
from pcnhub.insight.continuity.operations import Destination


def destination_of(ods_code: str) -> Destination | None:
    """None: no folder is set, or no key for this hub."""
    key = settings.CONTINUITY_KEYS.get(ods_code) or settings.CONTINUITY_KEYS.get("")
    if settings.CONTINUITY_FOLDER is None or not key:
        return None
    return Destination(
        folder=settings.CONTINUITY_FOLDER,
        key=public_key(key),
        call=settings.CONTINUITY_CALL,
        keep=settings.CONTINUITY_KEEP,
    )


def has_folder() -> bool:
    """Whether packs are written at all."""
    return settings.CONTINUITY_FOLDER is not None


def interval() -> timedelta:
    """How often a pack is written."""
    return settings.CONTINUITY_INTERVAL
