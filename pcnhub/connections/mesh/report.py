"""The report as the PDF that somebody at the practice reads, made of what may be read and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pcnhub.care.consultations.rules import Entry
from pcnhub.care.writeback.rules import ConsultationReport, redacted
from pcnhub.foundations.kernel.identifiers import NhsNumber
from pcnhub.foundations.kernel.local_time import in_london
from pcnhub.foundations.paper.typesetting import pdf

REASON = (
    "A patient recently consulted with a clinician at an organisation different to the GP practice that they are registered "
    "with. The notes contained in this document are a summary of the consultation"
)  # GPCM-SD-090, word for word
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def report_pdf(report: ConsultationReport) -> bytes:
    """The report in the prescribed layout, tagged (PDF/UA). What is confidential is left out here, whoever calls."""
    return pdf(_template(), values=page_of(redacted(report)))


@cache
def _template() -> str:
    return Path(__file__).with_name("report.typ").read_text(encoding="utf-8")


def page_of(report: ConsultationReport) -> dict[str, Any]:
    """The words of the page, field by field, in the order of the layout. `report` is redacted already."""
    patient = report.patient
    details = (
        ("Home Tel No.", (patient.home_phone,)),
        ("Mobile Tel No.", (patient.mobile_phone,)),
        ("Current Tel No.", (patient.current_phone,)),
        ("Home Address", patient.address_lines),
        ("Current Address", patient.current_address_lines),
    )
    sender = report.sender
    consultation = (
        ("Consultation date", (written(report.seen_at),)),
        ("Receiving GP practice", (_named(report.receiver.name, report.receiver.ods_code),)),
        ("Clinician", (", ".join(part for part in (report.author.name, report.author.role) if part),)),
        ("Organisation", (_place(sender.name, sender.address_lines),)),
        ("Branch location", (report.site_name,)),
        ("Organisation Tel No.", (sender.phone,)),
        ("Organisation email", (sender.email,)),
    )
    return {
        "version": str(report.version),
        "documents": str(len(report.documents)),
        "warning": _warning(report),
        "patient": {
            "name": _patient_name(report),
            "born": day(patient.birth_date),
            "nhs_number": NhsNumber(patient.nhs_number).spaced,
            "details": _filled(details),
        },
        "consultation": _filled(consultation),
        "reason": REASON,
        "notes": _notes(report),
        "follow_up": _follow_up(report),
    }


def day(on: date) -> str:
    """dd-MMM-yyyy, as the layout has it."""
    return f"{on.day:02}-{_MONTHS[on.month - 1]}-{on.year:04}"


def written(at: datetime) -> str:
    """dd-MMM-yyyy hh:mm, in London."""
    local = in_london(at)
    return f"{day(local.date())} {local:%H:%M}"


def _patient_name(report: ConsultationReport) -> str:
    patient = report.patient
    title = f" ({patient.title})" if patient.title else ""
    return f"{patient.family_name.upper()}, {patient.given_names}{title}"


def _warning(report: ConsultationReport) -> str:
    if report.is_in_error:
        why = f": {report.in_error_reason}" if report.in_error_reason else ""
        return f"This consultation was recorded in error{why}. It replaces what was sent before: do not act on it."
    if report.version > 1:
        why = f": {report.amendment_reason}" if report.amendment_reason else ""
        return f"This version replaces the one before{why}."
    return ""


def _notes(report: ConsultationReport) -> list[dict[str, Any]]:
    """Every heading and code that was written (GPCM-SD-086), each under its title."""
    notes = [{"title": each.heading, "lines": each.text.splitlines() or [""]} for each in report.sections]
    if report.entries:
        notes.append({"title": "Coded entries", "lines": [_entry(each) for each in report.entries]})
    if report.outcome:
        notes.append({"title": "Outcome", "lines": [report.outcome]})
    return notes


def _entry(entry: Entry) -> str:
    code = f" ({entry.code})" if entry.code else ""
    value = f": {entry.measured}" if entry.measured else ""
    note = f". {entry.note}" if entry.note else ""
    return f"{entry.term}{code}{value}{note}"


def _follow_up(report: ConsultationReport) -> list[str]:
    if report.follow_up is None:
        return []
    due = [f"By {day(report.follow_up.due_on)}"] if report.follow_up.due_on else []
    return [*report.follow_up.text.splitlines(), *due]


def _place(name: str, address_lines: tuple[str, ...]) -> str:
    """The name and the town: of an address, the line before the postcode."""
    town = address_lines[-2] if len(address_lines) > 1 else ""
    return ", ".join(part for part in (name, town) if part)


def _named(name: str, ods_code: str) -> str:
    return f"{name} ({ods_code})" if name else ods_code


def _filled(fields: tuple[tuple[str, tuple[str, ...]], ...]) -> list[dict[str, Any]]:
    """Fields with something in them: an empty one has no label (PDF layout, field descriptions)."""
    return [{"name": name, "words": [each for each in words if each]} for name, words in fields if any(words)]
