"""What another system's answer means for the person who waits for it: permanent, or try again; done, not done, or not known."""

from __future__ import annotations

from pcnhub.foundations.kernel.refusals import Conflict, Refusal

HUB_MANAGER = "whoever manages the configuration of your organisation"


class NotConfigured(Refusal):
    """This organisation can't call other systems yet."""

    code = "gp-connect-not-configured"
    who_can = HUB_MANAGER


class NoAnswer(Refusal):
    """The other system did not answer. `was_sent`: it may have acted on what it was sent."""

    code = "gp-connect-no-answer"
    remedy = "Try again in a few minutes. If it stays so, telephone them."
    try_again = True

    def __init__(self, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class Unclear(NoAnswer):
    """It answered, but not with anything that says yes or no. Never taken for success."""

    code = "gp-connect-unclear"


class SaidNo(Refusal):
    """The other system refused. `status` and `spine_code` are as it sent them."""

    code = "gp-connect-said-no"
    who_can = "the other organisation"
    try_again = False

    def __init__(self, message: str, *, remedy: str, who_can: str, status: int, spine_code: str, said: str) -> None:
        super().__init__(message, remedy=remedy, who_can=who_can)
        self.status, self.spine_code, self.said = status, spine_code, said


class IdentityDiffers(Refusal):
    """What they hold of this patient differs from what is held here: a person must decide whether it is the same person."""

    code = "gp-connect-identity-differs"
    remedy = "Compare both with the patient. Go on only if you are sure that it is the same person."
    who_can = "you, after asking the patient"


class GoneElsewhere(Conflict):
    """Somebody else took the slot between the search and the booking. Nothing was booked."""

    code = "gp-connect-slot-gone"
    remedy = "Choose another slot."


class WishKeyReused(Conflict):
    """The mark of a form that made an earlier wish came with another one. Nothing was asked."""

    code = "gp-connect-key-reused"
    remedy = "Look at the patient's appointments at other organisations. To book another one, search for slots again."


class ChangedThere(Conflict):
    """Somebody changed the appointment since it was read. Nothing was sent; our books have what stands there now."""

    code = "gp-connect-changed-there"
    remedy = "Read what stands there now, then change or cancel it if that is still right."


class StillInDoubt(Conflict):
    """The last thing that was asked about this booking has no clear answer yet."""

    code = "gp-connect-still-in-doubt"
    remedy = "Look again at the other system before anything else is asked."


class NotYours(Refusal):
    """There is nothing there that can be changed."""

    code = "gp-connect-not-open"


# Spine code -> what it means, what to do, who can. Without an entry the other system's own words stand alone.
_OTHERS = "the other organisation"
PLAIN: dict[str, tuple[str, str, str]] = {
    "ACCESS_DENIED": (
        "They have not switched on GP Connect appointments.", "Telephone them; ask them to switch it on.", _OTHERS,
    ),
    "NO_ORGANISATION_CONSENT": (
        "They do not share appointments with your organisation.", "Ask them about a sharing agreement.", _OTHERS,
    ),
    "INVALID_NHS_NUMBER": (
        "They say that this NHS number can't be used.", "Trace the patient again, then correct the number here.", "you",
    ),
    "INVALID_PATIENT_DEMOGRAPHICS": (
        "The patient's details do not match the national record, or the patient can't be registered there.",
        "Check name, date of birth and NHS number with the patient. If they are right, telephone them.", "you",
    ),
    "PATIENT_NOT_FOUND": (
        "They do not know this patient any more.", "Search again; the patient is registered there anew.", "you",
    ),
    "NO_RECORD_FOUND": ("They do not have this appointment.", "Telephone them before booking again.", _OTHERS),
    "DUPLICATE_REJECTED": ("It is taken, or exists already.", "Choose another.", "you"),
    "FHIR_CONSTRAINT_VIOLATION": (
        "The appointment was changed there since it was last read.", "Look at it as it is now, then decide.", "you",
    ),
    "INVALID_RESOURCE": (
        "They would not take it as it was sent, or it is too late: the appointment is past or cancelled.",
        "Look at the appointment there. If it should have been taken, report it with the trace id.", HUB_MANAGER,
    ),
    "INVALID_PARAMETER": ("They would not take this search.", "Choose other days. If it stays so, report it.", HUB_MANAGER),
    "REFERENCE_NOT_FOUND": ("The slot is not there any more.", "Search again.", "you"),
    "BAD_REQUEST": ("They would not take the message.", "Report it with the trace id.", HUB_MANAGER),
    "NOT_IMPLEMENTED": ("Their system can't do this.", "Telephone them.", _OTHERS),
    "ASID_CHECK_FAILED_MESSAGESENDER": (
        "The Spine does not know your organisation's system for this.", "Have the ASID and its interactions checked.",
        HUB_MANAGER,
    ),
    "PARTYKEY_INTERACTION_CHECK_FAILED_MESSAGERECEIVER": (
        "Their service is not registered for this.", "Have the directory's line checked against the Spine.", HUB_MANAGER,
    ),
}  # fmt: skip


def plain(spine_code: str) -> tuple[str, str, str]:
    """What a Spine code means, what to do, who can."""
    code = spine_code.replace(" ", "_")  # ACCESS DENIED, as 1.6 writes it
    if code.startswith("FOT_CHECK_FAILED"):
        return "There is no national agreement between the two organisations.", "Ask for one.", HUB_MANAGER
    return PLAIN.get(code, ("They said no.", "Read what they say; if it does not help, telephone them.", _OTHERS))
