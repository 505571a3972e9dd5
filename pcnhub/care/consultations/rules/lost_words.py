"""How long words are kept that arrived without a session, and of which form they are."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

KEPT_FOR = timedelta(hours=1)
MOST = 10  # forms of one consultation that wait for one account
LONGEST = 400_000  # characters of a form as it is sent: all of its fields at their longest fit


class Form(StrEnum):
    DRAFT = "draft"
    AMENDMENT = "amendment"
