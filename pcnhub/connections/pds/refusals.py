"""What the national service's silence or refusal means for who waits: permanent, or try again; what to do, and who can."""

from __future__ import annotations

from pcnhub.foundations.kernel.refusals import Refusal

INSTALLATION = "whoever runs this installation"
YOU = "you"


class NotAnswered(Refusal):
    """The demographics service was not asked, or gave no answer that says who somebody is. `try_again`: later it may."""

    try_again = False


class NotConfigured(NotAnswered):
    """Nobody can be asked here."""

    code = "pds-not-configured"
    remedy = "Ask the person's practice meanwhile. To trace people here, set PCNHUB_PDS and what belongs to it."
    who_can = INSTALLATION


class NotForThisEnvironment(NotAnswered):
    """A number for tests was to be asked about at the live service, or one that may be a real person's at another."""

    code = "pds-other-environment"
    who_can = INSTALLATION


class Busy(NotAnswered):
    """Too much is being asked at the moment. `seconds`: how long the service, or the line before it, wants one to wait."""

    code = "pds-busy"
    remedy = "Try again in a minute. Nothing was lost."
    who_can = YOU
    try_again = True

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class NoAnswer(NotAnswered):
    """The service can't be reached, or did not answer in time."""

    code = "pds-no-answer"
    remedy = "Try again in a few minutes. If it stays so, ask the person's practice by telephone."
    who_can = YOU
    try_again = True


class Unclear(NoAnswer):
    """It answered, but not with anything that says who somebody is. Never taken for an answer."""

    code = "pds-unclear"


class SaidNo(NotAnswered):
    """The service refused. `status` and `spine_code` are as it sent them."""

    code = "pds-said-no"

    def __init__(self, message: str, *, remedy: str, who_can: str, status: int, spine_code: str) -> None:
        super().__init__(message, remedy=remedy, who_can=who_can)
        self.status, self.spine_code = status, spine_code


NOT_FOUND, INVALIDATED, TOO_MANY = "RESOURCE_NOT_FOUND", "INVALIDATED_RESOURCE", "TOO_MANY_MATCHES"
_REPORT = "Report it with the request id: the request was not one that the service takes."
_DETAILS = "Check name, date of birth and postcode with the person, and give more of them."
# Spine code -> what it means, what to do, who can (PDS FHIR API, read and search a patient: errors).
PLAIN: dict[str, tuple[str, str, str]] = {
    "INVALID_RESOURCE_ID": ("This is no NHS number.", "Check the ten digits with the person.", YOU),
    "MISSING_VALUE": ("Something that it needs was not sent.", _REPORT, INSTALLATION),
    "INVALID_VALUE": ("It can't take one of the details, or more than one match was asked for.", _DETAILS, YOU),
    "INVALID_SEARCH_DATA": ("These details do not suffice for a search.", _DETAILS, YOU),
    "ADDITIONAL_PROPERTIES": ("It does not know one of the details that were sent.", _REPORT, INSTALLATION),
    "UNSUPPORTED_SERVICE": ("It does not know this request.", _REPORT, INSTALLATION),
    "TOO_FEW_VALUES_SUBMITTED": ("These details do not suffice for a search.", _DETAILS, YOU),
    "TOO_MANY_VALUES_SUBMITTED": ("One detail was sent more often than it takes.", _REPORT, INSTALLATION),
    "ACCESS_DENIED": (
        "It does not let this application in.", "Have the API key, the signing key and its id, and the access mode checked.",
        INSTALLATION,
    ),
    "INVALID_METHOD": ("This application may not do that.", "Have the access mode checked.", INSTALLATION),
    NOT_FOUND: ("It has nobody under this number.", "Check the number with the person, or search by name.", YOU),
    INVALIDATED: ("This number must not be used any more.", "Search by name and date of birth.", YOU),
}  # fmt: skip


def plain(spine_code: str) -> tuple[str, str, str]:
    """What a Spine code means, what to do, who can."""
    return PLAIN.get(spine_code, ("It said no.", _REPORT, INSTALLATION))
