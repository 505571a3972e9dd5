"""The words of registration, and what can be decided from values alone."""

from __future__ import annotations

from enum import StrEnum


class RegistrationType(StrEnum):
    """Regular: registered for general medical services, at a practice only. Temporary: what a hub may hold."""

    REGULAR = "regular"
    TEMPORARY = "temporary"


class RegistrationState(StrEnum):
    ACTIVE = "active"
    LEFT = "left"
    DECEASED = "deceased"


class Sex(StrEnum):
    MALE = "male"
    FEMALE = "female"
    OTHER = "other"
    UNKNOWN = "unknown"


class TraceState(StrEnum):
    """Whose word it is who a person is. Only what the national service said is verified (`national-services` 2.11)."""

    UNTRACED = "untraced"  # what was said at the desk; nobody has looked
    LOCAL = "local"  # a practice here holds the person under this number
    TRACED = "traced"  # the Personal Demographics Service does


class TraceSource(StrEnum):
    """Who said who the person is."""

    PDS = "pds"
    LOCAL = "local"  # what practices here hold, or an extract that was loaded
    PRACTICE = "practice"  # somebody there read the number to us


class TraceBasis(StrEnum):
    """How the person was recognised."""

    NUMBER = "number"  # by the number that they gave, with name and date of birth
    SEARCH = "search"  # the one whom a search found, beyond doubt
    CHOICE = "choice"  # somebody chose them, side by side with what was said at the desk
    TOLD = "told"  # their practice read the number out, and nobody else could be asked


class TraceOutcome(StrEnum):
    LINKED = "linked"
    NO_MATCH = "no-match"
    SEVERAL = "several"
    REJECTED = "rejected"  # a person looked at what was found, and it was not them
    OUTSIDE = "outside-network"  # registered, but with no practice of the network
    UNAVAILABLE = "unavailable"


class NumberEnd(StrEnum):
    """Why an NHS number is no longer used for a person."""

    SUPERSEDED = "superseded"
    INVALIDATED = "invalidated"
    CORRECTED = "corrected"


class OfferState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    KEPT = "kept"  # the hub's own stays
    LAPSED = "lapsed"  # the sources agree again


class ImportState(StrEnum):
    """The way of one file. Only `imported` has changed anything; `undone` has changed it back."""

    RECEIVED = "received"
    CHECKING = "checking"
    CHECKED = "checked"
    IMPORTING = "importing"
    IMPORTED = "imported"
    UNDOING = "undoing"
    UNDONE = "undone"
    DROPPED = "dropped"
    FAILED = "failed"


class ChangeKind(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    RETURNED = "returned"  # was held as left
    LEFT = "left"
    DECEASED = "deceased"
    ABSENT = "absent"  # active here, not in the file: told, never acted on by itself
    MOVED = "moved"  # new here, and until now another member practice's patient


class NamePart(StrEnum):
    """Which of a person's names a word belongs to."""

    FAMILY = "family"
    GIVEN = "given"


class PieceKind(StrEnum):
    """What a sealed piece of an import holds."""

    FILE = "file"  # bytes as they came
    NEW = "new"  # who is not held yet
    ABSENT = "absent"  # who is held and not named
    MOVED = "moved"  # who is new and another practice's until now
    KEPT_OUT = "kept-out"  # what somebody else's file says of whom the practice hides from them, for the practice alone
