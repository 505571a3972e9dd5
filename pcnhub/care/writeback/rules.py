"""The states that the copy of a finished consultation passes through."""

from __future__ import annotations

from enum import StrEnum


class CopyState(StrEnum):
    PENDING = "pending"  # on its way: the worker will send it
    BLOCKED = "blocked"  # kept: goes out by itself when the reason is gone
    NEEDS_ACTION = "needs-action"  # a person must decide
    ACKNOWLEDGED = "acknowledged"  # the receiver's receipt is here
