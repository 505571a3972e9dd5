"""How long documents took to open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

PROBE_HOLDS = timedelta(days=7)  # CHK-40 is asked weekly


def percentile(milliseconds: Sequence[int], share: int) -> int:
    """The nearest-rank percentile: that many of a hundred openings took no longer. Raises ValueError for none."""
    if not milliseconds:
        raise ValueError("no openings")
    place = -(-len(milliseconds) * share // 100)
    return sorted(milliseconds)[max(place, 1) - 1]
