"""Opening a pack where there is no server: one file, or the newest of a place that this key opens. Knows no Django."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.insight.continuity.contents import Contents, decode
from pcnhub.insight.continuity.folder import Folder
from pcnhub.insight.continuity.keys import KeyPair
from pcnhub.insight.continuity.places import SUFFIX, Place, PlaceAway
from pcnhub.insight.continuity.sealing import PackRefused, header_of, open_pack

OLD = timedelta(minutes=30)
"""Older than this, bookings of the meantime are likely."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A pack that was opened, who opened it and why, and what must be known of it before it is used."""

    contents: Contents
    file_name: str
    sha256: str
    by: str
    why: str
    at: datetime
    warnings: tuple[str, ...]


def read(place: Place | Path, *, key: KeyPair, by: str, why: str, now: datetime) -> Reading:
    """The pack of a file; or of a folder or object store, the newest one sealed to this key. Of these, a newer one that was
    altered, can't be read or is sealed to another key is named in the warnings, and the one before it is read: an older list is
    better than none. Raises PackRefused."""
    called = place.name if isinstance(place, Path) else f"The {place.kind}"
    try:
        if isinstance(place, Path) and not place.is_dir():
            return _first_that_opens([place.name], Folder(place.parent), key, by, why, now)
        where = Folder(place) if isinstance(place, Path) else place
        names = [each.name for each in where.packs()]
        if not names:
            raise PackRefused(
                f"{called} has no continuity pack: their names end with {SUFFIX}.",
                remedy="Look whether it is the place that the server writes to, or that is synchronised with it.",
            )
        return _first_that_opens(names, where, key, by, why, now)
    except PlaceAway as away:
        raise PackRefused(
            f"{called} can’t be read. {away}.", remedy="Copy the pack to this machine, and read it there."
        ) from None


def _first_that_opens(names: list[str], where: Place, key: KeyPair, by: str, why: str, now: datetime) -> Reading:
    warnings: list[str] = []
    refused: list[PackRefused] = []
    passed: list[str] = []
    for name in names:
        try:
            sealed = _bytes_of(where, name, is_one_of_many=len(names) > 1)
            if len(names) > 1 and header_of(sealed, name=name).recipient != key.public.fingerprint:
                passed.append(name)  # another hub's, in the same place; or this one's, and then the reader must know
                continue
            header, content = open_pack(sealed, key=key, name=name)
            contents = decode(content)
        except PackRefused as refusal:
            refused.append(refusal)
            continue
        except msgspec.ValidationError:
            raise PackRefused(
                f"{name} was written by a later release of the hub than this one reads.",
                remedy="Install the release that the server runs, and read it with that.",
            ) from None
        warnings += [f"{each.message} This is the one before it." for each in refused]
        newer = [name for name in passed if name.startswith(f"{contents.hub_ods}-")]
        if newer:
            warnings.append(
                f"{newer[0]} is newer, and sealed to another key, or its beginning was altered. This is the one before it."
            )
        if now - header.made_at > OLD:
            warnings.append(f"This pack is {_length(now - header.made_at)} old: bookings made since are not in it.")
        if header.made_at > now + OLD:
            warnings.append("This machine’s clock is behind the server’s: the age of the pack is not known.")
        digest = hashlib.sha256(sealed).hexdigest()
        return Reading(contents, name, digest, by, why, now, tuple(warnings))
    if refused:
        raise refused[0]
    raise PackRefused(
        "None of these packs is sealed to this key.",
        code="continuity-pack-of-another-key",
        remedy="Take the key file that belongs to the hub.",
    )


def _bytes_of(where: Place, name: str, *, is_one_of_many: bool) -> bytes:
    """Of many, one that the disk does not give, or that is removed as too old meanwhile, costs only itself. A place that does
    not answer would cost its time for each."""
    try:
        return where.read(name)
    except PlaceAway as away:
        if not is_one_of_many or away.is_unsure:
            raise
        raise PackRefused(f"{name} can’t be read. {away}.") from None


def headline(contents: Contents) -> str:
    """When it was made, in the hub's clock."""
    return f"As it was at {in_london(contents.made_at):%H:%M on %A %-d %B %Y}"


def _length(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
