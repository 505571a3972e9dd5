"""Example exports in the standard layout, of a small hub: what a file may look like, and something to try.

The files beside this one begin on one Monday; their days are moved by whole weeks, so that weekdays stay what they are.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from pcnhub.foundations.kernel.local_time import week_start

FOLDER = Path(__file__).parent
FIRST_MONDAY = date(2026, 10, 5)
_DAY = re.compile(r"\b([0-9]{2})/([0-9]{2})/([0-9]{4})\b")


def examples_from(today: date) -> dict[str, str]:
    """File name -> content, with the first week being that of `today`."""
    moved = week_start(today) - FIRST_MONDAY

    def shifted(found: re.Match[str]) -> str:
        return f"{date(int(found[3]), int(found[2]), int(found[1])) + moved:%d/%m/%Y}"

    return {path.name: _DAY.sub(shifted, path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.csv"))}
