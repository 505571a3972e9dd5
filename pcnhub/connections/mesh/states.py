"""The states of what leaves and of what arrives. What a screen says of a report is the room's to say: `writeback`."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a message of ours is."""

    REPORT = "report"
    INFRASTRUCTURE = "infrastructure"  # an answer: its form is in order, or isn't
    BUSINESS = "business"  # an answer: it was filed, or couldn't be


class OutState(StrEnum):
    NOT_CONFIGURED = "not-configured"  # a report without a mailbox to leave from: nothing was built
    QUEUED = "queued"
    SENDING = "sending"  # asked for; whether it left is known from the exchange alone
    SENT = "sent"  # the exchange has it, under its number
    COLLECTED = "collected"  # fetched from the receiver's mailbox
    RECEIVED = "received"  # positive infrastructure answer
    ACCEPTED = "accepted"  # positive business answer
    REFUSED = "refused"  # negative answer, or undeliverable
    DROPPED = "dropped"  # not to leave any more: a later version goes, or a person took it there


class InState(StrEnum):
    TAKEN = "taken"  # did what it asks
    REFUSED = "refused"  # invalid or not for here: answered so
    KEPT = "kept"  # nobody could make sense of it: a person's


WAITS_FOR_ANSWER = (OutState.SENDING, OutState.SENT, OutState.COLLECTED, OutState.RECEIVED)
