"""The demo's onboarding file, composed: one hub, five practices, their people, agreements, groups, teams and sessions."""

from __future__ import annotations

import zlib
from datetime import date
from typing import Any

from pcnhub.onboarding.shapes import OnboardingFile

HUB, NETWORK, ICB, NHS_111 = "Y99800", "U99800", "QZ9", "7ZZ"
PRACTICES = {
    "A99801": "Ash Lane Surgery",
    "A99802": "Birch Road Practice",
    "A99803": "Cedar House Medical Centre",
    "A99804": "Dale View Surgery",
    "A99805": "Elm Court Health Centre",
}
PATIENTS_A_PRACTICE = 1_000
GROUP = "Riverside PCN practice booking"
GROUP_111 = "Riverside PCN 111 booking"
SITE = "Riverside Health Centre"

# The people of the tour. Every other account of the demo is named after its practice.
TOUR = {
    "ada": ("Ada", "Mensah", "receptionist"),
    "bilal": ("Bilal", "Rahman", "GP"),
    "carys": ("Carys", "Evans", "hub manager"),
    "dilys": ("Dilys", "Hughes", "practice manager"),
    "eve": ("Eve", "Okafor", "practice administrator"),
}
_FAMILY = {"A99802": "Birch", "A99803": "Cedar", "A99804": "Dale", "A99805": "Elm"}


def onboarding_file(today: date) -> OnboardingFile:
    """The demo's network as of `today`, checked as any file is."""
    start = date(today.year - 1, 10, 1)
    return OnboardingFile.model_validate(
        {
            "network": {
                "ods": NETWORK,
                "name": "Riverside PCN",
                "hub": HUB,
                "adjusted_population": 5_200,
                "session_name_pattern": r"EA .+ - .+",
                "members": [{"ods": ods, "joined_on": start} for ods in PRACTICES],
            },
            "organisations": _organisations(),
            "people": [*_hub_people(start), *(person for ods in PRACTICES for person in _practice_people(ods, start))],
            "agreements": _agreements(start),
            "groups": [
                {"name": GROUP, "purpose": "practice", "members": [HUB, *PRACTICES]},
                {"name": GROUP_111, "purpose": "111", "members": [HUB, NHS_111]},
            ],
            "teams": [_team(ods) for ods in PRACTICES]
            + [{"organisation": HUB, "name": "Hub administration", "members": ["carys", "gwen"]}],
            "outcomes": [
                {"code": "discharged", "name": "Discharged, no further action"},
                {"code": "back-to-practice", "name": "Back to own practice for follow-up"},
                {"code": "test-needed", "name": "Test to be arranged by the practice"},
                {"code": "referral-needed", "name": "Referral to be made by the practice"},
                {"code": "two-week-wait", "name": "Urgent suspected cancer referral by the practice"},
                {"code": "sent-to-hospital", "name": "Sent to hospital"},
            ],
            "slot_types": _slot_types(),
            "session_templates": _templates(start),
        }
    )


def _organisations() -> list[dict[str, Any]]:
    switches = ["gp_connect", "foundation", "appointments"]
    hub = {
        "ods": HUB,
        "name": "Riverside Enhanced Access Hub",
        "kind": "hub",
        "parent_icb": ICB,
        "phone": "01632 960100",
        "national_code": HUB,
        # The demo leaves this as a supplier's default would: the first thing that the readiness grid finds.
        "authentication_nacs": "",
        "prescribing_cost_centre": HUB,
        "gp_connect": [*switches, "access_html", "access_structured"],
        "sites": [
            {"name": SITE, "address": ["1 River Walk", "Riverside"], "postcode": "ZZ99 3VZ", "phone": "01632 960100"}
        ],
        "prescriber_codes": [{"code": "G9998001", "kind": "spurious"}],
    }
    practices = [
        {
            "ods": ods,
            "name": name,
            "kind": "practice",
            "parent_icb": ICB,
            "list_size": PATIENTS_A_PRACTICE,
            "adjusted_population": 1_040,
            "national_code": ods,
            "authentication_nacs": ods,
            "phone": f"01632 96010{number}",
            "email": f"{ods.lower()}@practice.example",
            "gp_connect": switches if ods != "A99804" else ["gp_connect", "foundation"],
            "sites": [{"name": name, "address": [f"{number} High Street", "Riverside"], "postcode": "ZZ99 3VZ"}],
        }
        for number, (ods, name) in enumerate(PRACTICES.items(), 1)
    ]
    others = [
        {"ods": ICB, "name": "Riverside and District Integrated Care Board", "kind": "icb", "system": "other"},
        {"ods": NHS_111, "name": "Riverside 111 service", "kind": "111", "system": "other"},
    ]
    return [*others, hub, *practices]


def _person(username: str, given: str, family: str, position: dict[str, Any], **more: str) -> dict[str, Any]:
    return {
        "username": username,
        "given_name": given,
        "family_name": family,
        "email": f"{username}@example.org",
        "smartcard_uid": f"DEMO-{username.upper()}",
        "sds_user_id": f"99000{zlib.crc32(username.encode()) % 10**7:07}",  # of nobody; a report by MESH must name one
        "positions": [position],
        **more,
    }


def _gp(ods: str, start: date, code: str = "") -> dict[str, Any]:
    return {
        "organisation": ods,
        "role": "R8000",
        "job_category": "General Medical Practitioner",
        "job_role": "R0260",
        "consulter": True,
        "session_holder": True,
        "accepts_cross_organisation_tasks": True,
        "prescriber_code": code,
        "prescriber_code_kind": "GMP" if code else None,
        "starts_on": start,
    }


def _office(ods: str, start: date, role: str, job: str, activities: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "organisation": ods,
        "role": role,
        "job_category": job,
        "activities": list(activities),
        "accepts_cross_organisation_tasks": True,
        "starts_on": start,
    }


# What a manager holds beyond the role's baseline (`domain.md` R8).
_MANAGER = ("B0109", "B0062", "B1700", "B0862", "B0945", "B0340", "B0254", "B0264", "B0825", "B0056", "B0815")


def _hub_people(start: date) -> list[dict[str, Any]]:
    nurse = _gp(HUB, start) | {"role": "R8001", "job_category": "Advanced Nurse Practitioner", "job_role": "R0690"}
    return [
        _person("bilal", "Bilal", "Rahman", _gp(HUB, start, "G9998011"), title="Dr", gender="male"),
        _person("owen", "Owen", "Price", _gp(HUB, start, "G9998012"), title="Dr", gender="male"),
        _person("nadia", "Nadia", "Kowalska", nurse, title="Ms", gender="female"),
        _person("carys", "Carys", "Evans", _office(HUB, start, "R8008", "System Administrator", _MANAGER)),
        _person("gwen", "Gwen", "Lloyd", _office(HUB, start, "R8009", "Receptionist")),
    ]


def _practice_people(ods: str, start: date) -> list[dict[str, Any]]:
    number = ods[-1]
    code = f"G99980{number}1"
    if ods == "A99801":
        names = [
            ("farah", "Farah", "Iqbal"),
            ("dilys", "Dilys", "Hughes"),
            ("ada", "Ada", "Mensah"),
            ("eve", "Eve", "Okafor"),
        ]
    else:
        family = _FAMILY[ods]
        words = {"gp": "Grace", "manager": "Morgan", "reception": "Robin", "admin": "Alex"}
        names = [(f"{family.lower()}-{job}", given, family) for job, given in words.items()]
    positions = [
        _gp(ods, start, code),
        _office(ods, start, "R8008", "Practice Manager", _MANAGER),
        _office(ods, start, "R8009", "Receptionist"),
        _office(ods, start, "R8008", "Administrator", ("B0360",)),
    ]
    return [_person(*name, position) for name, position in zip(names, positions, strict=True)]


def team_members(ods: str) -> list[str]:
    if ods == "A99801":
        return ["eve", "dilys", "ada"]
    family = _FAMILY[ods].lower()
    # Elm Court's team is left with one member: a team needs two, so that holidays lose nothing.
    return [f"{family}-admin"] if ods == "A99805" else [f"{family}-admin", f"{family}-manager"]


def manager_of(ods: str) -> str:
    return "dilys" if ods == "A99801" else f"{_FAMILY[ods].lower()}-manager"


def prescriber_of(ods: str) -> str:
    return "farah" if ods == "A99801" else f"{_FAMILY[ods].lower()}-gp"


def _team(ods: str) -> dict[str, Any]:
    return {
        "organisation": ods,
        "name": "Enhanced Access Team",
        "purpose": "Follow-up, tests and referrals from the hub",
        "members": team_members(ods),
    }


def _agreements(start: date) -> list[dict[str, Any]]:
    clinical = ["General Medical Practitioner", "Advanced Nurse Practitioner"]
    named = {
        "care-record": "Riverside PCN Enhanced Access Care Record",
        "tasks-to-practice": "Riverside PCN Tasks from hub to practice",
        "tasks-to-hub": "Riverside PCN Tasks from practice to hub",
        "consultation-write-back": "Riverside PCN Enhanced Access Consultation Write Back",
        "copy-consultation": "Riverside PCN Copy Consultation",
        "appointments": "Riverside PCN Enhanced Access Appointments",
        "remote-consultations": "Riverside PCN Remote Consultations",
    }
    return [
        {"kind": kind, "name": name, "starts_on": start, "job_categories": clinical if kind == "care-record" else []}
        for kind, name in named.items()
    ]


def _slot_types() -> list[dict[str, Any]]:
    national = {
        "service_setting": "Extended Access Provision",
        "context_type": "Care related encounter",
        "national_category": "General Consultation Routine",
    }
    return [
        {
            "name": "EA GP F2F",
            "minutes": 15,
            "mode": "Face to Face (Surgery)",
            "eligibility": "Any adult or child",
            "patients_may_book": True,
            **national,
        },
        {
            "name": "EA GP Phone",
            "minutes": 15,
            "mode": "Telephone/Audio",
            "colour": "purple",
            "eligibility": "Any adult",
            "patients_may_book": True,
            **national,
        },
        {
            "name": "EA GP same day",
            "minutes": 15,
            "mode": "Telephone/Audio",
            "colour": "orange",
            "eligibility": "New problems that cannot wait; opens the day before",
            "embargo_minutes": 24 * 60,
            "dna_after_minutes": 60,
            **national,
        },
        {
            "name": "EA Nurse",
            "minutes": 15,
            "mode": "Face to Face (Surgery)",
            "colour": "green",
            "eligibility": "Smears, dressings, minor illness; not under 5 years",
            **national,
        },
    ]


def _templates(start: date) -> list[dict[str, Any]]:
    week = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    # The clinics are there on bank holidays too, but for the smear clinic of every other week.
    # What no practice has booked opens to 111 on the day (`domain.md` 12A.1).
    to_111 = {"release": {"group": GROUP_111, "at": "16:00"}}
    common = {"site": SITE, "groups": [GROUP], "starts_on": start, "on_bank_holidays": True, **to_111}
    gp = common | {"role": "R0260", "channel": "In-person", "slot_type": "EA GP F2F"}
    same_day = common | {"role": "R0260", "channel": "Telephone", "slot_type": "EA GP same day"}
    phone = common | {"role": "R0260", "channel": "Telephone", "slot_type": "EA GP Phone"}
    nurse = common | {"role": "R0690", "channel": "In-person", "slot_type": "EA Nurse", "holder": "nadia"}
    evening = {"starts_at": "18:30", "ends_at": "20:00"}
    saturday = {"weekday": "Saturday", "starts_at": "09:00", "release": {"group": GROUP_111, "at": "09:00"}}
    templates: list[dict[str, Any]] = []
    for place, day in enumerate(week):
        holder, other = ("bilal", "owen") if place % 2 == 0 else ("owen", "bilal")
        templates.append(
            {"name": "EA GP evening - practice booking", "weekday": day, "holder": holder, **evening, **gp}
        )
        if day in ("Monday", "Wednesday"):
            templates.append(
                {"name": "EA GP phone - practice booking", "weekday": day, "holder": other, **evening, **phone}
            )
        if day == "Friday":
            templates.append(
                {"name": "EA GP same day - practice booking", "weekday": day, "holder": other, **evening, **same_day}
            )
        templates.append({"name": "EA Nurse evening - practice booking", "weekday": day, **evening, **nurse})
    # On Saturdays from nine; no practice takes the whole day.
    shared_out = {"quotas": [{"organisation": ods, "at_most": 12} for ods in PRACTICES]}
    templates.append(
        {
            "name": "EA GP Saturday - practice booking",
            "ends_at": "17:00",
            "holder": "owen",
            **gp,
            **saturday,
            **shared_out,
        }
    )
    templates.append({"name": "EA Nurse Saturday - practice booking", "ends_at": "13:00", **nurse, **saturday})
    smears = nurse | saturday | {"starts_at": "13:00", "ends_at": "17:00", "every_weeks": 2, "on_bank_holidays": False}
    templates.append({"name": "EA Nurse smears - practice booking", **smears})
    return templates
