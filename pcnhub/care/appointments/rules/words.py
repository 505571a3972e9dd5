"""The words of the appointment book."""

from __future__ import annotations

from enum import StrEnum


class DeliveryChannel(StrEnum):
    """GP Connect's fixed list (`domain.md` 5.1)."""

    IN_PERSON = "In-person"
    TELEPHONE = "Telephone"
    VIDEO = "Video"


class SessionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class SlotState(StrEnum):
    FREE = "free"
    BOOKED = "booked"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


class BookingStatus(StrEnum):
    """`domain.md` R5. The telephone words stand beside the words of the waiting room."""

    BOOKED = "booked"
    ARRIVED = "arrived"
    SENT_IN = "sent-in"
    LEFT = "left"
    CALL_STARTED = "call-started"
    CALL_COMPLETED = "call-completed"
    DID_NOT_ATTEND = "did-not-attend"
    NO_ANSWER = "no-answer"
    WALKED_OUT = "walked-out"
    CANCELLED = "cancelled"


class BookingSource(StrEnum):
    HUB = "hub"
    PRACTICE = "practice"
    GP_CONNECT = "gp-connect"
    NHS_111 = "111"
    ONLINE = "online"


class QuotaProfile(StrEnum):
    """Whose share of a session a quota counts (GP Connect AAC-4)."""

    ORGANISATION = "organisation"
    GROUP = "group"
    ORGANISATION_TYPE = "organisation-type"


class OrganisationType(StrEnum):
    """The organisation types that GP Connect consumers send (`domain.md` R10)."""

    GP_PRACTICE = "gp-practice"
    URGENT_CARE = "urgent-care"


class AppointmentMode(StrEnum):
    """The national modes (`domain.md` R4)."""

    FACE_TO_FACE = "Face to Face (Surgery)"
    HOME_VISIT = "Face to Face (Home Visit)"
    WRITTEN = "Written (Including Online)"
    TELEPHONE = "Telephone/Audio"
    VIDEO = "Video with Audio"
    NOT_AN_APPOINTMENT = "Not an Appointment"


# SDS job roles that a session may be offered under, by family (`domain.md` R9). GP Connect sends the code.
PRACTITIONER_FAMILIES: dict[str, tuple[str, ...]] = {
    "GP": ("R0260", "R0270", "R6300", "R0262", "R6200", "R0261"),
    "Nurse": ("R0690", "R0700", "R0620", "R0600", "R0570", "R0580", "R1543", "R0630", "R0610", "R0410"),
    "Pharmacist": ("R1290", "R9804", "R9803"),
    "Healthcare assistant": ("R1480", "R1450", "R1590"),
    "Physician associate": ("R1547", "R9813"),
    "Paramedic": ("R1070", "R1100"),
    "Physiotherapist": ("R1110", "R1140", "R9806"),
    "Care navigator": ("R9801",),
    "Counsellor": ("R1550",),
}
GP_ROLES = frozenset(PRACTITIONER_FAMILIES["GP"])
_FAMILY_OF = {code: family for family, codes in PRACTITIONER_FAMILIES.items() for code in codes}


def practitioner_role_known(code: str) -> bool:
    return code in _FAMILY_OF


def practitioner_words(code: str) -> str:
    """How a role reads to a person: its family. An unknown code reads as itself."""
    return _FAMILY_OF.get(code, code)


def warning_of_type(sent: str) -> str:
    """What to say of an organisation type sent over GP Connect that its value set does not have, one sentence; empty when it
    has. The protocol lets others be sent (GP Connect 1.2.7, searchFilter), and sessions that name types stay closed to them."""
    if not sent or sent in list(OrganisationType):
        return ""
    return (
        f"{sent} is not an organisation type of GP Connect's list ({', '.join(OrganisationType)}): check the spelling."
    )
