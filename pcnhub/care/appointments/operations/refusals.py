"""How the book says no."""

from __future__ import annotations

from pcnhub.care.appointments.queries.views import SlotView
from pcnhub.care.appointments.rules.visibility import QuotaFacts, Reason
from pcnhub.foundations.kernel.refusals import Conflict, InvalidInput, NotFound, Problem, Refusal


class SlotTaken(Conflict):
    """Somebody was faster. `alternatives` are the nearest free slots, at most three."""

    code = "slot-taken"
    remedy = "Choose another slot."

    def __init__(self, alternatives: tuple[SlotView, ...] = ()) -> None:
        super().__init__("This slot was just taken: somebody booked it before you.")
        self.alternatives = alternatives


class SlotUnavailable(Refusal):
    """The slot can't be booked, for every one of these reasons."""

    code = "slot-unavailable"

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(
            " ".join(reason.message for reason in reasons),
            remedy=" ".join(dict.fromkeys(reason.remedy for reason in reasons)),
            who_can=" and ".join(dict.fromkeys(reason.who_can for reason in reasons if reason.who_can)),
        )
        self.reasons = reasons


class NotAdjacent(Refusal):
    """These slots don't make one appointment: each must begin when the one before it ends, in one session, of one type."""

    code = "slots-not-adjacent"
    remedy = "Choose slots that touch, of one session and one type, or book them one by one."
    who_can = "whoever books the appointment"


class QuotaUsed(Conflict):
    """The share of the session that this organisation may book has not so many slots left."""

    code = "quota-used"
    remedy = "Choose another session, or ask for the share to be raised."
    who_can = "the hub's rota manager"

    def __init__(self, quotas: tuple[QuotaFacts, ...]) -> None:
        used = ", ".join(f"{quota.name}: {quota.at_most} at most" for quota in quotas)
        super().__init__(f"The share of this session is used up ({used}).")


class SlotUnknown(NotFound):
    code = "slot-unknown"

    def __init__(self) -> None:
        super().__init__(
            "There is no such slot that your organisation may book.",
            remedy="Search for free slots again.",
            who_can="anyone who books appointments",
        )


class KeyReused(Conflict):
    """The idempotency key of an earlier request came with another content: a fault of the caller, never booked twice.

    Whoever catches it must let the unit of work be undone: the slot may have been claimed before the key was met.
    """

    code = "idempotency-key-reused"
    remedy = "Open the booking page again, so that the new request gets a key of its own."


class BookingMoved(Conflict):
    """The booking changed since it was looked at."""

    code = "booking-moved-on"
    remedy = "Look at it again, then decide."


class NotAllowedNow(Conflict):
    """This step is not open from the booking's present status."""

    code = "not-allowed-now"


class LinkUsed(Conflict):
    """A link books once."""

    code = "link-used"
    remedy = "Look at that appointment: you can move or cancel it. For another one, ask your GP practice."
    who_can = "the patient, or their GP practice"

    def __init__(self) -> None:
        super().__init__("This link has booked an appointment already.")


class NothingBooked(NotFound):
    """There is no appointment yet to which the link leads."""

    code = "link-without-appointment"

    def __init__(self) -> None:
        super().__init__(
            "Nothing has been booked with this link yet.", remedy="Choose a time.", who_can="the patient with the link"
        )


class NoLinkForThem(Refusal):
    """This patient can't be given a link of their own."""

    code = "no-link-for-patient"


def require_reason(reason: str) -> None:
    """Raises InvalidInput: what is taken out of the book says why."""
    if not reason.strip():
        raise InvalidInput([Problem("reason", "missing", "Say why", "Others read it in the book.")])
