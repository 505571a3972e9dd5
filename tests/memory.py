"""Where the databases of the tests lie."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

PLACE = Path("/dev/shm")  # noqa: S108 - folders are made in it with names that nobody can guess
MUCH = 6 * 2**30


def in_memory() -> str | None:
    """A folder that lies in memory, where there is plenty of it: a database is 1,500 files, and on a disk a copy of one takes a
    second that it does not take in memory. Else none: the usual folder for what is temporary."""
    try:
        available = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
        is_roomy = available is not None and int(available[1]) * 1024 > MUCH and shutil.disk_usage(PLACE).free > MUCH
    except OSError:
        return None
    return str(PLACE) if is_roomy and os.access(PLACE, os.W_OK | os.X_OK) else None
