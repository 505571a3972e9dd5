"""How often one address may be wrong before it must wait. A link locks by itself after five wrong dates, whoever tries them:
this holds up those who try many links.

Counted by each server process for itself: a stranger gets so many tries of every one of them, against tokens of which there are
more than 10^38.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from django.core.cache import cache

WRONG_AT_MOST = 20  # a surgery's or a family's address may be that of several patients
WITHIN = timedelta(minutes=15)


def must_wait(origin: str) -> bool:
    return bool(cache.get(_key(origin), 0) >= WRONG_AT_MOST)


def was_wrong(origin: str) -> None:
    key = _key(origin)
    cache.add(key, 0, WITHIN.total_seconds())
    try:
        cache.incr(key)
    except ValueError:  # it ran out in between
        cache.set(key, 1, WITHIN.total_seconds())


def _key(origin: str) -> str:
    return f"own-link-wrong:{sha256(origin.encode()).hexdigest()}"
