"""The object store of packs: a pack is there whole or not at all, and counts as written once the store itself tells of it.
Knows no Django."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from pcnhub.connections.s3.address import Address
from pcnhub.connections.s3.client import Bucket, Held
from pcnhub.connections.s3.words import StoreRefused, StoreUnreachable
from pcnhub.insight.continuity.places import Kept, PlaceAway, newest_first, too_old


@dataclass(frozen=True, slots=True)
class Stored:
    """A pack in the store. It has its name already: a store has no second name to give, and no transaction should wait for
    one over the network."""

    kept: Kept

    def stand(self) -> None:
        """Nothing is left to do."""


class ObjectStore:
    """A `Place`. Where it did not answer, nothing more is written to it: one that is dead is waited for once, not for each hub.
    Whoever comes again later has a new one."""

    kind = "object store"

    def __init__(self, address: Address) -> None:
        self._bucket = Bucket(address)
        self._away: PlaceAway | None = None

    @contextmanager
    def put_aside(self, name: str, content: bytes) -> Iterator[Stored]:
        if self._away is not None:
            raise PlaceAway(str(self._away), is_unsure=self._away.is_unsure)
        with self._said():
            held = self._bucket.put(name, content)
        try:
            yield Stored(_kept(held))
        except BaseException:  # what could not be put on record is not there
            with suppress(StoreRefused, StoreUnreachable):
                self._bucket.delete(name)
            raise

    def packs(self, *, hub: str | None = None) -> list[Kept]:
        with self._said():
            return newest_first(
                [_kept(each) for each in self._bucket.listed(beginning=f"{hub}-" if hub else "")], hub=hub
            )

    def read(self, name: str) -> bytes:
        with self._said():
            return self._bucket.get(name)

    def remove_old(self, *, hub: str, now: datetime, after: timedelta) -> int:
        old = too_old(self.packs(hub=hub), now=now, after=after)
        with self._said():
            for each in old:
                self._bucket.delete(each.name)
        return len(old)

    @contextmanager
    def _said(self) -> Iterator[None]:
        try:
            yield
        except StoreUnreachable as unreachable:
            self._away = PlaceAway(unreachable.message, is_unsure=unreachable.is_unsure)
            raise self._away from None
        except StoreRefused as refused:
            raise PlaceAway(refused.message) from None


def _kept(held: Held) -> Kept:
    return Kept(held.name, held.at, held.size)
