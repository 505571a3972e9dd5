"""The standard layout of each kind of export: one header line, one line each. This is our own layout, documented in
docs/operate/elsewhere.md; no supplier promises these columns.

A field has besides its header others by which it is known: those of the suppliers' bulk extracts as public programs read them
(EMIS: Admin_UserInRole, Appointment_Session, Appointment_Slot; TPP: SRAppointment, SRRotaSlot, SRStaffMemberProfile), and the
names that the suppliers' own dialogs use (`domain.md` 7.1, 11, R5). What a report calls otherwise is matched on the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pcnhub.care.appointments.rules import DeliveryChannel
from pcnhub.care.patients.rules import plain_words
from pcnhub.insight.elsewhere.rules import cells
from pcnhub.insight.elsewhere.rules.cells import Reader
from pcnhub.insight.elsewhere.rules.words import Attendance, ExportKind, OfferedState


@dataclass(frozen=True, slots=True)
class ExportField:
    """`name` is the field's name in a matching; `meanings` its words, where it has a short list of them."""

    name: str
    header: str
    meaning: str
    form: str
    read: Reader
    also: tuple[str, ...] = ()
    is_needed: bool = False
    meanings: dict[str, StrEnum] | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header by which it is known, as `plain_words` writes them."""
        return tuple(dict.fromkeys((plain_words(self.header), plain_words(self.name), *self.also)))


def _known(*groups: tuple[StrEnum, tuple[str, ...]]) -> dict[str, StrEnum]:
    return {plain_words(word): meaning for meaning, words in groups for word in (meaning.value, *words)}


# domain.md R5: the other system's words for how an appointment stands
ATTENDANCES = _known(
    (Attendance.BOOKED, ("slot booked",)),
    (
        Attendance.ATTENDED,
        (
            "attended seen", "seen", "arrived", "sent in", "send in", "quiet send in", "left", "visited and seen", "in progress",
            "start call", "call started", "telephone consultation completed", "call completed", "finished",
        ),
    ),
    (Attendance.DID_NOT_ATTEND, ("dna", "did not attend", "visited and not seen", "telephoned but no answer", "no answer")),
    (Attendance.CANCELLED, ("canceled",)),
    (Attendance.OTHER, ("walked out", "late")),
)  # fmt: skip
SLOT_STATES = _known(
    (OfferedState.FREE, ("available", "slot available", "unbooked")),
    (OfferedState.BOOKED, (*(word for word in ATTENDANCES if word not in ("cancelled", "canceled", "other")), "used")),
    (OfferedState.EMBARGOED, ("embargo",)),
    (OfferedState.BLOCKED, ("unavailable", "slot blocked")),
    (OfferedState.CANCELLED, ("canceled", "deleted")),
)
CHANNELS = _known(
    (DeliveryChannel.IN_PERSON, ("face to face", "face to face surgery", "f2f")),
    (DeliveryChannel.TELEPHONE, ("telephone audio", "phone")),
    (DeliveryChannel.VIDEO, ("video with audio", "video consultation")),
)

_DAY = "a day: 31/12/2026 or 2026-12-31"
_YES_NO = "Y or N"
_F = ExportField

LAYOUT: dict[ExportKind, tuple[ExportField, ...]] = {
    ExportKind.USERS: (
        _F("name", "Name", "The person's name, as sessions name their holder", "text", cells.text,
           ("user", "full name", "staff name")),
        _F("given_name", "Given name", "Where the name stands in two columns", "text", cells.text,
           ("givenname", "forename", "first name")),
        _F("family_name", "Family name", "Where the name stands in two columns", "text", cells.text, ("surname", "last name")),
        _F("username", "User name", "What they sign in with", "text", cells.text, ("username", "login", "login name")),
        _F("job_category", "Job category", "The job category, as sharing agreements name it", "text", cells.text,
           ("jobcategoryname", "job category name", "staffrole", "staff role", "role name")),
        _F("roles", "Roles", "National roles (R codes) at the hub's code", "R8000; several with spaces or semicolons",
           cells.codes_like("R[0-9]{4}", "R8000"), ("role", "rbac role", "user role profile", "role code", "role codes")),
        _F("activities", "Activities", "National activities (B codes)", "B0360; several with spaces or semicolons",
           cells.codes_like("B[0-9]{4}", "B0360"), ("activity codes", "additional activities", "rbac activities")),
        _F("smartcard", "Smartcard", "The number of the smartcard that is associated", "text", cells.text,
           ("smartcard uid", "smartcard number", "uid", "uuid")),
        _F("prescriber_code", "Prescriber code", "GMP, NMP or spurious code", "text", cells.text,
           ("prescribing code", "gmp code", "gmp id", "gmpid", "gmc code")),
        _F("is_consulter", "Consulter", "Whether consultations are theirs", _YES_NO, cells.yes_no, ("is consulter",)),
        _F("is_session_holder", "Session holder", "Whether they may hold sessions", _YES_NO, cells.yes_no,
           ("appointment session holder", "is session holder")),
        _F("is_active", "Active", "Whether the account is open; empty: it is", _YES_NO, cells.yes_no,
           ("is active", "enabled", "account active")),
        _F("starts_on", "Contract start", "First day of the contract or role", _DAY, cells.day,
           ("contractstartdate", "contactstartdate", "contract start date", "dateemploymentstart", "start date")),
        _F("ends_on", "Contract end", "Last day of the contract or role", _DAY, cells.day,
           ("contractenddate", "contract end date", "dateemploymentend", "end date")),
        _F("last_used_on", "Last login", "When it was last used", _DAY, cells.day,
           ("last logged in", "last log in", "last login date", "last used", "last sign in")),
    ),
    ExportKind.SESSIONS: (
        _F("session", "Session", "Name of the session or rota", "text", cells.text,
           ("session name", "description", "rotaname", "rota name", "rota"), is_needed=True),
        _F("day", "Date", "Day of the slot", _DAY, cells.day,
           ("session date", "startdate", "start date", "appointmentdate", "appointment date", "datestart", "slot date"),
           is_needed=True),
        _F("starts", "Start", "When it starts, London time", "18:30; the cell may be the one with the day", cells.clock,
           ("start time", "starttime", "appointmentstarttime", "appointment start time", "slot time", "slot start time")),
        _F("ends", "End", "When it ends, London time", "20:00", cells.clock, ("end time", "endtime", "slot end time", "dateend")),
        _F("minutes", "Minutes", "How long it is, where no end is given", "a whole number", cells.minutes,
           ("duration", "slot length", "slot duration", "plannedduration", "plannedduration in minutes",
            "planneddurationinminutes", "length", "duration mins")),
        _F("holder", "Holder", "Who holds it, by name or user name as in the users' export", "text", cells.text,
           ("session holder", "clinician", "session holder name", "session holder full name", "user")),
        _F("role", "Practitioner role", "The role that it is offered under", "text or R code", cells.text,
           ("practitioner role", "gp connect practitioner role")),
        _F("site", "Site", "Where it is", "text", cells.text,
           ("location", "session location", "rotalocation", "rota location", "branch", "locationguid")),
        _F("channel", "Delivery channel", "How patients are seen", "In-person, Telephone or Video", cells.word_of(CHANNELS),
           ("channel", "gp connect delivery channel"), meanings=CHANNELS),
        _F("slot_type", "Slot type", "Name of the slot type", "text", cells.text,
           ("slot type name", "rotaslottype", "rota slot type", "slottype")),
        _F("groups", "Organisation groups", "The groups that it is open to", "text; several with semicolons", cells.names,
           ("organisation group", "groups", "gp connect organisation group")),
        _F("state", "Slot status", "What has become of it; empty: free", "free, booked, embargoed, blocked or cancelled",
           cells.word_of(SLOT_STATES), ("status", "state", "current slot status"), meanings=SLOT_STATES),
        _F("is_bookable", "Bookable", "Whether patients can be booked into it; empty: they can", _YES_NO, cells.yes_no,
           ("bookable slot", "is bookable")),
        _F("counts", "Enhanced access", "Whether it counts to enhanced access; empty: it does", _YES_NO, cells.yes_no,
           ("counts to enhanced access",)),
    ),
    ExportKind.APPOINTMENTS: (
        _F("day", "Date", "Day of the appointment", _DAY, cells.day,
           ("appointment date", "appointmentdate", "datestart", "date start", "slot date"), is_needed=True),
        _F("starts", "Start", "When it starts, London time", "18:30; the cell may be the one with the day", cells.clock,
           ("start time", "appointmentstarttime", "appointment time", "appointment start time", "slot time")),
        _F("status", "Status", "How it stands", "booked, attended, did-not-attend, cancelled or other",
           cells.word_of(ATTENDANCES),
           ("appointment status", "appointmentstatus", "slot status", "current slot status"), is_needed=True,
           meanings=ATTENDANCES),
        _F("practice", "Practice code", "ODS code of the patient's registered practice; empty: nobody knows", "A81001",
           cells.ods, ("practice", "practice ods", "ods code", "organisation code", "registered practice code",
                       "registered practice", "registered organisation")),
        _F("slot_type", "Slot type", "Name of the slot type", "text", cells.text,
           ("slot type name", "rotaslottype", "slottype", "appointment type")),
    ),
    ExportKind.TEAMS: (
        _F("practice", "Organisation code", "ODS code of the organisation whose team it is", "A81001", cells.ods,
           ("practice", "practice code", "ods code", "organisation"), is_needed=True),
        _F("team", "Team", "Name of the task team", "text", cells.text, ("team name", "task team", "user group"),
           is_needed=True),
        _F("member", "Member", "One member: a line for each; empty: a team without members", "text", cells.text,
           ("user", "member name", "name", "user name")),
        _F("is_active", "Active", "Whether the member's account is open; empty: it is", _YES_NO, cells.yes_no,
           ("is active", "enabled")),
        _F("accepts", "Accepts tasks", "Whether the member takes tasks from other organisations; empty: they do", _YES_NO,
           cells.yes_no, ("accepts", "cross organisation sharing", "accepts cross organisation tasks")),
    ),
    ExportKind.SLOT_TYPES: (
        _F("name", "Slot type", "Name of the slot type", "text", cells.text, ("name", "slot type name", "rotaslottype"),
           is_needed=True),
        _F("mode", "Mode", "Appointment mode, in the nation's words", "Face to Face (Surgery)", cells.text,
           ("appointment mode", "appointment method")),
        _F("service_setting", "Service setting", "National service setting", "Extended Access Provision", cells.text),
        _F("context_type", "Context type", "National context type", "Care related encounter", cells.text, ("context",)),
        _F("national_category", "National category", "National slot category", "General Consultation Routine", cells.text,
           ("national slot category", "category", "slot category")),
        _F("is_bookable", "Bookable", "Whether patients can be booked into it; empty: they can", _YES_NO, cells.yes_no,
           ("bookable slot", "is bookable")),
    ),
}  # fmt: skip

# Of these a file has one column or the other.
ONE_OF: dict[ExportKind, tuple[str, ...]] = {
    ExportKind.USERS: ("name", "family_name"),
    ExportKind.SESSIONS: ("ends", "minutes"),
}

# Why a line is left out: what each code means.
LINE_CODES: dict[str, str] = {
    "wrong-cell-count": "The line has more or fewer cells than the header; nothing else of it is read",
    "cell-empty": "A cell without which the line says nothing",
    "end-missing": "Neither an end nor a number of minutes",
    "ends-before-start": "It ends before it starts, or lasts longer than 12 hours",
    "date-form": "Not a day, or not in a known form",
    "time-form": "Not a time of day",
    "minutes-form": "Not a number of minutes from 1 to 720",
    "flag-unknown": "Neither yes nor no",
    "ods-form": "Not an ODS code",
    "code-form": "No national code stands in the cell",
    "word-unknown": "A word whose meaning is not known: give it one when the columns are matched",
    "too-long": "More than 200 characters",
    "repeated": "The same user, team member or slot type as on an earlier line, which was used",
}


def fields_of(kind: ExportKind) -> dict[str, ExportField]:
    return {each.name: each for each in LAYOUT[kind]}
