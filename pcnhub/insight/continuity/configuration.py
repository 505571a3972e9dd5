"""Where packs go, as the settings say (docs/operate/settings.md)."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from pcnhub.insight.continuity.folder import Folder
from pcnhub.insight.continuity.keys import public_key
from pcnhub.insight.continuity.operations import Destination
from pcnhub.insight.continuity.places import Place


def destination_of(ods_code: str, *, there: tuple[Place, ...]) -> Destination | None:
    """`there`: the places of this round (`places`). None: neither folder nor object store is set, or no key for this hub."""
    if not is_set_up(ods_code):
        return None
    return Destination(
        places=there,
        key=public_key(_key_of(ods_code)),
        call=settings.CONTINUITY_CALL,
        keep=settings.CONTINUITY_KEEP,
    )


def is_set_up(ods_code: str) -> bool:
    """Whether packs of this hub are written: there is a place and a key."""
    return has_place() and bool(_key_of(ods_code))


def has_place() -> bool:
    """Whether packs are written at all."""
    return settings.CONTINUITY_FOLDER is not None or settings.CONTINUITY_STORE is not None


def _key_of(ods_code: str) -> str:
    return settings.CONTINUITY_KEYS.get(ods_code) or settings.CONTINUITY_KEYS.get("") or ""


def places() -> tuple[Place, ...]:
    """Made for a round over all hubs: a store that did not answer is not waited for again in it."""
    found: list[Place] = []
    if settings.CONTINUITY_FOLDER is not None:
        found.append(Folder(settings.CONTINUITY_FOLDER))
    if settings.CONTINUITY_STORE is not None:
        from pcnhub.insight.continuity.store import ObjectStore

        found.append(ObjectStore(settings.CONTINUITY_STORE))
    return tuple(found)


def interval() -> timedelta:
    """How often a pack is written."""
    return settings.CONTINUITY_INTERVAL
