"""What is said of a slot type, a template and a session, and what is wrong with it at first sight: everything at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time, timedelta

from pcnhub.care.appointments.rules.recurrence import MOST_WEEKS_APART
from pcnhub.care.appointments.rules.words import (
    AppointmentMode,
    DeliveryChannel,
    OrganisationType,
    QuotaProfile,
    practitioner_role_known,
)
from pcnhub.foundations.kernel.identifiers import OdsCode
from pcnhub.foundations.kernel.refusals import Problem

LONGEST_NAME = 200  # characters
LONGEST_SESSION = timedelta(hours=12)
MINUTES_A_DAY, MINUTES_A_WEEK = 24 * 60, 7 * 24 * 60
MOST_EMBARGO = 28 * MINUTES_A_DAY
MOST_WINDOW = 366
COLOURS = ("blue", "green", "purple", "orange", "pink", "grey")


@dataclass(frozen=True, slots=True)
class SlotTypeDetails:
    """What a slot is for, as a hub describes it. `mode` is national (R4); `minutes` its usual length."""

    name: str
    minutes: int
    mode: str
    colour: str = "blue"
    bookable: bool = True
    eligibility_text: str = ""
    service_setting: str = ""
    context_type: str = ""
    national_category: str = ""
    embargo_minutes: int | None = None  # opens to booking so long before it starts; None: at once
    dna_after_minutes: int | None = None  # did not attend, by itself, so long after the start; None: a person says so
    patients_may_book: bool = False  # by a link of their own


@dataclass(frozen=True, slots=True, order=True)
class Quota:
    """At most so many slots of one session for an ODS code, a group's id or an organisation type (GP Connect AAC-4)."""

    profile: str  # QuotaProfile
    subject: str
    at_most: int


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What a template and a session share. A draft may leave out the holder, site, channel, role and groups.

    A restriction that is empty restricts nobody (`domain.md` 5.1, 12A.1). Further holders have slots of their own beside the
    holder's, from publishing on.
    """

    name: str
    slot_type_id: int
    holder_id: int | None = None
    site_id: int | None = None
    delivery_channel: str = ""
    practitioner_role: str = ""
    group_ids: frozenset[int] = field(default=frozenset())
    counts_to_enhanced_access: bool = True
    variation: str = ""  # what the commissioner agreed, for minutes outside network standard hours (D10)
    further_holder_ids: frozenset[int] = field(default=frozenset())
    gp_connect_bookable: bool = True
    open_to_all: bool = False  # to every organisation over GP Connect, whatever groups and codes say
    organisation_types: frozenset[str] = field(default=frozenset())
    organisation_ods_codes: frozenset[str] = field(default=frozenset())
    window_days: int | None = None
    closes_minutes: int | None = None
    release_group_id: int | None = None
    release_at: time | None = None  # London, on the day
    quotas: tuple[Quota, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateDetails:
    """A session of every week, or every few: ISO `weekday`, London times, from `starts_on` to before `ends_on`."""

    session: SessionDetails
    weekday: int
    starts_at: time
    ends_at: time
    starts_on: date
    ends_on: date | None = None
    every_weeks: int = 1
    on_bank_holidays: bool = False


def problems_of_slot_type(details: SlotTypeDetails) -> list[Problem]:
    problems = []
    if not details.name.strip():
        problems.append(Problem("name", "missing", "A slot type needs a name", "Say who and what it is for."))
    if not 1 <= details.minutes <= 480:
        problems.append(
            Problem(
                "minutes",
                "out-of-range",
                "A slot has 1 to 480 minutes",
                "Give the usual length, such as 15.",
                str(details.minutes),
            )
        )
    if details.mode not in list(AppointmentMode):
        problems.append(
            Problem(
                "mode",
                "unknown",
                "This is not a national appointment mode",
                f"Use one of: {', '.join(AppointmentMode)}.",
                details.mode,
            )
        )
    if details.colour not in COLOURS:
        problems.append(
            Problem(
                "colour", "unknown", "The rota has no such colour", f"Use one of: {', '.join(COLOURS)}.", details.colour
            )
        )
    problems += _out_of_range("embargo_minutes", details.embargo_minutes, 1, MOST_EMBARGO, "An embargo")
    problems += _out_of_range("dna_after_minutes", details.dna_after_minutes, 0, MINUTES_A_DAY, "The wait")
    return problems


def problems_of_session(details: SessionDetails) -> list[Problem]:
    """What even a draft or a template can't have. What may be missing until publishing is not asked here."""
    problems = []
    if not details.name.strip():
        problems.append(
            Problem(
                "name",
                "missing",
                "A session needs a name",
                "The booking practice sees it: say who may use it for what.",
            )
        )
    if len(details.name) > LONGEST_NAME:  # practices read it in a row, and it is held to the network's pattern
        problems.append(
            Problem("name", "too-long", f"The name has {len(details.name)} characters", f"{LONGEST_NAME} is the most.")
        )
    if details.delivery_channel and details.delivery_channel not in list(DeliveryChannel):
        problems.append(
            Problem(
                "delivery_channel",
                "unknown",
                "GP Connect knows no such channel",
                f"Use one of: {', '.join(DeliveryChannel)}.",
                details.delivery_channel,
            )
        )
    if details.practitioner_role and not practitioner_role_known(details.practitioner_role):
        problems.append(
            Problem(
                "practitioner_role",
                "unknown",
                "This is not the job role of a clinician who holds sessions",
                "Give its SDS code, such as R0260.",
                details.practitioner_role,
            )
        )
    if details.holder_id is not None and details.holder_id in details.further_holder_ids:
        problems.append(
            Problem(
                "further_holder_ids",
                "twice",
                "The holder is among the further holders",
                "Choose other people, or nobody.",
            )
        )
    return [*problems, *_problems_of_access(details), *_problems_of_quotas(details.quotas)]


def _problems_of_access(details: SessionDetails) -> Iterator[Problem]:
    """Who may book, from when and until when: what can be wrong with it before anybody looks anything up."""
    for unknown in sorted(details.organisation_types - set(OrganisationType)):
        yield Problem(
            "organisation_types",
            "unknown",
            "GP Connect knows no such organisation type",
            f"Use one of: {', '.join(OrganisationType)}.",
            unknown,
        )
    if details.open_to_all and not details.gp_connect_bookable:
        yield Problem(
            "open_to_all",
            "not-over-gp-connect",
            "The session is open to every organisation over GP Connect, but cannot be booked over GP Connect",
            "Tick that it can be booked over GP Connect, or name the groups that may book.",
        )
    for code in sorted(details.organisation_ods_codes):
        try:
            OdsCode(code)
        except ValueError as error:
            said = f"{code} is none. {error}"
            yield Problem("organisation_ods_codes", "not-an-ods-code", said, "Mend it, or take it out.", code)
    yield from _out_of_range("window_days", details.window_days, 0, MOST_WINDOW, "The window", "days")
    yield from _out_of_range("closes_minutes", details.closes_minutes, 0, MINUTES_A_WEEK, "Closing")
    if len(details.variation) > LONGEST_NAME:
        yield Problem(
            "variation",
            "too-long",
            f"The variation has {len(details.variation)} characters",
            f"{LONGEST_NAME} is the most.",
        )


def _problems_of_quotas(quotas: tuple[Quota, ...]) -> Iterator[Problem]:
    seen = set()
    for quota in quotas:
        field_name = f"quotas.{quota.profile}.{quota.subject}"
        if quota.profile not in list(QuotaProfile):
            yield Problem(
                "quotas",
                "unknown",
                "No quota counts by this",
                f"Use one of: {', '.join(QuotaProfile)}.",
                quota.profile,
            )
        elif quota.profile == QuotaProfile.ORGANISATION_TYPE and quota.subject not in list(OrganisationType):
            yield Problem(
                "quotas",
                "unknown",
                "GP Connect knows no such organisation type",
                f"Use one of: {', '.join(OrganisationType)}.",
                quota.subject,
            )
        if quota.at_most < 0:
            yield Problem(
                field_name, "out-of-range", "A limit is 0 or more", "Leave it empty for no limit.", str(quota.at_most)
            )
        if (quota.profile, quota.subject) in seen:
            yield Problem(field_name, "twice", "There are two limits for the same", "Keep one.", quota.subject)
        seen.add((quota.profile, quota.subject))


def _out_of_range(
    field_name: str, value: int | None, least: int, most: int, what: str, unit: str = "minutes"
) -> Iterator[Problem]:
    if value is not None and not least <= value <= most:
        yield Problem(
            field_name,
            "out-of-range",
            f"{what} is {least} to {most} {unit}",
            "Give a number in that range, or leave it empty.",
            str(value),
        )


def problems_of_times(starts_at: time, ends_at: time) -> Iterator[Problem]:
    if starts_at >= ends_at:
        yield Problem(
            "ends_at",
            "not-after-start",
            "A session ends after it starts, on the same day",
            "Give a later time.",
            f"{ends_at:%H:%M}",
        )


def problems_of_template(details: TemplateDetails) -> list[Problem]:
    problems = problems_of_session(details.session)
    if not 1 <= details.weekday <= 7:
        problems.append(
            Problem(
                "weekday",
                "out-of-range",
                "A weekday is 1 (Monday) to 7 (Sunday)",
                "Choose a day.",
                str(details.weekday),
            )
        )
    if not 1 <= details.every_weeks <= MOST_WEEKS_APART:
        problems.append(
            Problem(
                "every_weeks",
                "out-of-range",
                f"A session comes back every 1 to {MOST_WEEKS_APART} weeks",
                "Give 1 for every week, 2 for every other.",
                str(details.every_weeks),
            )
        )
    problems += problems_of_times(details.starts_at, details.ends_at)
    if details.ends_on is not None and details.ends_on <= details.starts_on:
        problems.append(
            Problem(
                "ends_on",
                "not-after-start",
                "The template ends before its first day",
                "Give a later day, or none.",
                details.ends_on.isoformat(),
            )
        )
    return problems
