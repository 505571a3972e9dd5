"""The folder of packs: written whole or not at all, the old ones removed, the newest never. Knows no Django."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

SUFFIX = ".pcnpack"
UNFINISHED = ".part"
_NAME = re.compile(r"([A-Z0-9]+)-(\d{8}T\d{6}Z)" + re.escape(SUFFIX))
_NO_FOLDER_SYNC = (
    errno.EINVAL,
    errno.ENOTSUP,
    errno.EACCES,
)  # network disks that can't: the file itself is down already

WORDS: dict[int, str] = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "The disk’s share for the worker is used up",
    errno.ENOENT: "The folder is not there: is its disk or network share away?",
    errno.ENOTDIR: "The folder is not there: is its disk or network share away?",
    errno.EACCES: "The worker may not write there",
    errno.EPERM: "The worker may not write there",
    errno.EROFS: "The disk can only be read",
    errno.EIO: "The disk failed",
    errno.ESTALE: "The network share is away",
    errno.ETIMEDOUT: "The network share does not answer",
}


@dataclass(frozen=True, slots=True)
class Aside:
    """A pack that is on the disk, under a name that no reader looks for."""

    path: Path
    final: Path

    def stand(self) -> None:
        """Give it its name: from now on it is the newest. Raises OSError."""
        self.path.replace(self.final)
        _sync_folder(self.final.parent)


def name_of(*, hub: str, made_at: datetime) -> str:
    """`Y07108-20261123T181500Z.pcnpack`: the names of one hub are in order of time."""
    return f"{hub}-{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"


@contextmanager
def put_aside(folder: Path, name: str, content: bytes) -> Iterator[Aside]:
    """Write the bytes and see them down on the disk; whoever has the `Aside` gives it its name, or it is removed again.
    Raises OSError. The folder is never made here: where a disk is away, its empty place must not be written to."""
    path = folder / f".{name}.{os.getpid()}{UNFINISHED}"
    try:
        with path.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        try:
            yield Aside(path, folder / name)
        except BaseException:  # what could not be put on record is not there
            with suppress(OSError):
                (folder / name).unlink(missing_ok=True)
            raise
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def packs_in(folder: Path, *, hub: str | None = None) -> list[Path]:
    """The packs of a folder by age, the newest first. Raises OSError."""
    found = [(match[2], path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(found, reverse=True) if hub is None or path.name.startswith(f"{hub}-")]


def remove_old(folder: Path, *, hub: str, now: datetime, after: timedelta) -> int:
    """Remove the hub's packs that are older, but the newest, and what a killed worker left unfinished; how many packs. Raises
    OSError."""
    removed = 0
    for path in packs_in(folder, hub=hub)[1:]:
        if now - made_at(path) > after:
            path.unlink(missing_ok=True)
            removed += 1
    for path in folder.glob(f".{hub}-*{UNFINISHED}"):
        with suppress(FileNotFoundError):
            if now.timestamp() - path.stat().st_mtime > 3600:
                path.unlink()
    return removed


def made_at(path: Path) -> datetime:
    """When a pack was made, by its name."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(path.name)
    return datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def why_not(error: OSError) -> str:
    """What a failure of the disk means, one sentence without the folder's path."""
    return WORDS.get(error.errno or 0) or f"The disk refused ({errno.errorcode.get(error.errno or 0, 'no reason')})"


def _sync_folder(folder: Path) -> None:
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(place)
