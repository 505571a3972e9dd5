"""How old an export may be, for each check: after that it says nothing of today, and the check is unknown."""

from __future__ import annotations

from django.conf import settings

USUAL_DAYS = 7
MOST_DAYS: dict[str, int] = {
    # what the next sessions depend on, and changes by the day
    "CHK-19": 3, "CHK-20": 3, "CHK-22": 3, "CHK-24": 3, "CHK-42": 3,
    "CHK-26": 1, "CHK-28": 1, "CHK-59": 3,
    # people come and go by the week
    "CHK-06": 7, "CHK-09": 7, "CHK-10": 7, "CHK-11": 7, "CHK-12": 7, "CHK-36": 14,
    "CHK-21": 7, "CHK-25": 7, "CHK-57": 14, "CHK-58": 31, "CHK-61": 31,
    "CHK-43": 31, "CHK-44": 31,
}  # fmt: skip


def most_days(check_id: str) -> int:
    """In days; PCNHUB_EXPORT_DAYS gives another number for a check."""
    chosen: dict[str, int] = settings.EXPORT_DAYS
    return chosen.get(check_id, MOST_DAYS.get(check_id, USUAL_DAYS))
