"""The folder of packs: written whole or not at all, the old ones removed, the newest never. Knows no Django."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pcnhub.insight.continuity.places import Kept, PlaceAway, newest_first, too_old

UNFINISHED = ".part"
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
    kept: Kept

    def stand(self) -> None:
        """Give it its name: from now on it is the newest."""
        with _said():
            self.path.replace(self.final)
            _sync_folder(self.final.parent)


@dataclass(frozen=True, slots=True)
class Folder:
    """A `Place`. The folder is never made here: where a disk is away, its empty place must not be written to."""

    path: Path
    kind = "folder"

    @contextmanager
    def put_aside(self, name: str, content: bytes) -> Iterator[Aside]:
        """Written, and seen down on the disk."""
        path = self.path / f".{name}.{os.getpid()}{UNFINISHED}"
        try:
            with _said():
                with path.open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                kept = _kept(path, name)
            try:
                yield Aside(path, self.path / name, kept)
            except BaseException:  # what could not be put on record is not there
                with suppress(OSError):
                    (self.path / name).unlink(missing_ok=True)
                raise
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def packs(self, *, hub: str | None = None) -> list[Kept]:
        with _said():
            names = [path.name for path in self.path.iterdir()]
            return newest_first([_kept(self.path / name, name) for name in names], hub=hub)

    def read(self, name: str) -> bytes:
        with _said():
            return (self.path / name).read_bytes()

    def remove_old(self, *, hub: str, now: datetime, after: timedelta) -> int:
        """And what a killed worker left unfinished."""
        old = too_old(self.packs(hub=hub), now=now, after=after)
        with _said():
            for each in old:
                (self.path / each.name).unlink(missing_ok=True)
            for path in self.path.glob(f".{hub}-*{UNFINISHED}"):
                with suppress(FileNotFoundError):
                    if now.timestamp() - path.stat().st_mtime > 3600:
                        path.unlink()
        return len(old)


def _kept(path: Path, name: str) -> Kept:
    """Of one that another worker removes meanwhile: nothing is in it."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return Kept(name, datetime.fromtimestamp(0, tz=UTC), 0)
    return Kept(name, datetime.fromtimestamp(told.st_mtime, tz=UTC), told.st_size)


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


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PlaceAway(why_not(error)) from None
