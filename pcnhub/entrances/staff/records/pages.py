"""The words in which a record is shown."""

from __future__ import annotations

import re
from datetime import date, datetime

from pcnhub.care.records.queries import ItemView, RecordView
from pcnhub.care.records.rules import PermissionStanding, Section
from pcnhub.foundations.kernel.local_time import in_london

TITLES = {
    Section.ALLERGIES: "Allergies",
    Section.PROBLEMS: "Problems",
    Section.MEDICATION: "Medication",
    Section.IMMUNISATIONS: "Immunisations",
    Section.OBSERVATIONS: "Observations",
    Section.CONSULTATIONS: "Consultations",
}

# In the order in which they matter to a reader; what is not named here follows, in the source's words.
DETAILS = {
    "value": "Value",
    "dosage": "Dosage",
    "dosage_authorised": "Dosage as authorised (differs)",
    "reaction": "Reaction",
    "severity": "Severity",
    "criticality": "Criticality",
    "significance": "Significance",
    "interpretation": "Interpretation",
    "reference_range": "Reference range",
    "prescription_type": "Type",
    "quantity": "Quantity",
    "duration": "Duration",
    "last_issued": "Last issued",
    "repeats_allowed": "Repeats allowed",
    "repeats_issued": "Repeats issued",
    "prescribed": "Prescribed",
    "dose": "Dose",
    "batch": "Batch",
    "reason_ended": "Why it ended",
    "stopped": "Why it was stopped",
    "stopped_on": "Stopped on",
    "patient_instruction": "Instructions for the patient",
    "note": "Note",
    "recorded_by": "Recorded by",
}
LEFT_OUT = {"category", "type", "certainty"}
MACHINE_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?")


def clock(instant: datetime) -> str:
    """An instant as people read it."""
    return f"{in_london(instant):%-d %B %Y, %H:%M}"


def facts(item: ItemView) -> list[tuple[str, str]]:
    """The details of an entry as labels and values."""
    known = [(label, _readable(item.detail[name])) for name, label in DETAILS.items() if item.detail.get(name)]
    others = [
        (name.replace("_", " ").capitalize(), value)
        for name, value in item.detail.items()
        if name not in DETAILS and name not in LEFT_OUT and value
    ]
    return known + others


def _readable(value: str) -> str:
    """A date that a source wrote for machines, as people write it; anything else as it is, words that begin with a date too."""
    if not MACHINE_DATE.fullmatch(value):
        return value
    try:
        return f"{date.fromisoformat(value[:10]):%-d %b %Y}"
    except ValueError:
        return value


def dates(item: ItemView) -> str:
    """When: since, until, or on one day."""
    start, end = item.starts_on or item.recorded_on, item.ends_on
    if start and end:
        return f"{start:%-d %b %Y} to {end:%-d %b %Y}"
    if end:
        return f"until {end:%-d %b %Y}"
    return f"{start:%-d %b %Y}" if start else "No date"


def differences(view: RecordView) -> list[str]:
    """Where the practice's details of the person differ from the reader's own: a wrong person shows here first."""
    home, own = view.holder_patient, view.patient
    if home is None or home.id == own.id:
        return []
    pairs = {
        "name": (home.full_name, own.full_name),
        "date of birth": (f"{home.birth_date:%-d %b %Y}", f"{own.birth_date:%-d %b %Y}"),
        "address": (" ".join(home.address_lines), " ".join(own.address_lines)),
        "postcode": (home.postcode, own.postcode),
        "mobile": (home.mobile_phone, own.mobile_phone),
    }
    return [
        f"{what}: {theirs or 'none'} at the practice, {ours or 'none'} here"
        for what, (theirs, ours) in pairs.items()
        if theirs != ours
    ]


def wants_answer(view: RecordView) -> bool:
    """Whether the patient is to be asked, or may be asked again."""
    return view.permission.standing in (PermissionStanding.NOT_ASKED, PermissionStanding.REFUSED)


def closed_words(view: RecordView) -> str:
    """The sections that stay closed for want of the patient's permission, in one sentence."""
    return f"Not shown: {', '.join(TITLES[each.section].lower() for each in view.sections)}."


def permission_words(view: RecordView) -> str:
    """How it stands with the patient's permission; empty where none is asked for."""
    found = view.permission
    at = f"{in_london(found.at):%H:%M}" if found.at else ""
    return {
        PermissionStanding.NOT_NEEDED: "",
        PermissionStanding.NOT_ASKED: f"Ask the patient before the record that {found.holder_name} keeps is opened.",
        PermissionStanding.GIVEN: f"The patient gave permission today: {found.by}, {at}.",
        PermissionStanding.REFUSED: f"The patient said no today: {found.by}, {at}. The record stays closed.",
        PermissionStanding.OVERRIDDEN: "Open to you today without the patient’s permission. "
        f"Your reason: “{found.reason}”. Those who answer for privacy are told.",
    }[found.standing]


WORDS = {"titles": TITLES, "facts": facts, "dates": dates, "clock": clock}
