"""Whom a finding names as the one who acts."""

from __future__ import annotations

import re


def names(who: str, name: str) -> bool:
    """Whether this organisation is named there, by its whole name: "Hyde Park Surgery" does not name "Park Surgery", nor does
    "Ash Lane Health Centre" name "Ash Lane". What stands in brackets describes, and asks nobody."""
    told = re.sub(r"\([^()]*\)", "", who)
    for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", told):
        before = told[: found.start()].split(" ")[-2:-1]  # the word before, unless a comma or a bracket parts them
        is_longer_before = bool(before) and before[0][:1].isupper() and before[0][-1].isalnum()
        if not is_longer_before and re.match(r" [A-Z0-9]", told[found.end() :]) is None:
            return True
    return False
