"""Where packs lie: a folder or an object store, the same to whoever writes, reads or removes them. Knows no Django."""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

SUFFIX = ".pcnpack"
_NAME = re.compile(r"([A-Z0-9]+)-(\d{8}T\d{6}Z)" + re.escape(SUFFIX))


class PlaceAway(Exception):
    """The place does not take or give a pack; the message says why, one sentence without address or path. `is_unsure`: it did
    not answer, and what was asked may have been done."""

    def __init__(self, words: str, *, is_unsure: bool = False) -> None:
        super().__init__(words)
        self.is_unsure = is_unsure


@dataclass(frozen=True, slots=True)
class Kept:
    """A pack as the place itself tells of it: when it took it, and how many bytes it has."""

    name: str
    at: datetime
    size: int


class Aside(Protocol):
    """A pack that the place has whole."""

    @property
    def kept(self) -> Kept: ...

    def stand(self) -> None:
        """From now on it is the newest. Raises PlaceAway."""


class Place(Protocol):
    """Every method raises PlaceAway."""

    @property
    def kind(self) -> str:
        """`folder` or `object store`."""

    def put_aside(self, name: str, content: bytes) -> AbstractContextManager[Aside]:
        """Write the bytes, and have the place confirm them; whoever has the `Aside` makes it stand, or it is removed again."""

    def packs(self, *, hub: str | None = None) -> list[Kept]:
        """By the age that their names tell, the newest first; `hub` is an ODS code."""

    def read(self, name: str) -> bytes: ...

    def remove_old(self, *, hub: str, now: datetime, after: timedelta) -> int:
        """Remove the hub's packs that are older, but the newest; how many."""


def name_of(*, hub: str, made_at: datetime) -> str:
    """`Y07108-20261123T181500Z.pcnpack`: the names of one hub are in order of time, and tell nothing else."""
    return f"{hub}-{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"


def stamp_of(name: str) -> str | None:
    """What orders packs by age; None: this is no pack's name."""
    match = _NAME.fullmatch(name)
    return match[2] if match else None


def made_at(name: str) -> datetime:
    """When a pack was made, by its name. Raises ValueError."""
    return datetime.strptime(stamp_of(name) or name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def newest_first(packs: list[Kept], *, hub: str | None = None) -> list[Kept]:
    """Those whose name is a pack's."""
    found = [(stamp, each.name, each) for each in packs if (stamp := stamp_of(each.name))]
    return [each for _, name, each in sorted(found, key=lambda one: one[:2], reverse=True) if _is_of(name, hub)]


def too_old(packs: list[Kept], *, now: datetime, after: timedelta) -> list[Kept]:
    """Of one hub's packs, the newest first, those that go; the first stays however old it is."""
    return [each for each in packs[1:] if now - made_at(each.name) > after]


def _is_of(name: str, hub: str | None) -> bool:
    return hub is None or name.startswith(f"{hub}-")
