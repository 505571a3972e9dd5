"""What the consultation pages show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import NoReverseMatch, reverse

from pcnhub.care.consultations import queries
from pcnhub.care.consultations.queries import ConsultationView, FinishedVersion
from pcnhub.care.consultations.rules import Entry, EntryKind, Heading, Measure, Notes, section_field, tidied
from pcnhub.care.consultations.rules.lost_words import Form
from pcnhub.care.consultations.rules.protocols import Moment
from pcnhub.care.patients.queries import PatientView
from pcnhub.care.patients.rules import RegistrationState
from pcnhub.care.records.queries import RecordView, open_record
from pcnhub.care.records.rules import Section
from pcnhub.care.writeback.queries import copies_of_consultation, drugs_of_consultation, way_home
from pcnhub.care.writeback.rules import MAY_STAND_THERE, CopyState
from pcnhub.entrances.staff.consulting.appointment import appointment_of
from pcnhub.entrances.staff.consulting.asked import asked_for
from pcnhub.entrances.staff.consulting.forms import Written
from pcnhub.entrances.staff.consulting.lost import whose
from pcnhub.entrances.staff.door import StaffRequest
from pcnhub.foundations.kernel.local_time import in_london, london_date
from pcnhub.foundations.kernel.refusals import Refusal

# Copies that the practice has, will have in a moment, or was given by another way.
MAY_BE_READ = MAY_STAND_THERE | {CopyState.PENDING, CopyState.HANDED_OVER, CopyState.SENT_OTHERWISE}
# What a clinician must know before anything else; the whole record is one link away.
BESIDE = (Section.ALLERGIES, Section.PROBLEMS, Section.MEDICATION)


@dataclass(frozen=True, slots=True)
class HeadedText:
    heading: str
    field: str
    text: str
    theirs: str = ""
    is_confidential: bool = False


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A coded entry as the form shows it: its units, where its concept is measured in some."""

    entry: Entry
    measures: tuple[Measure, ...]


# How long after somebody else's save the reader is told that they may be at it still.
STILL_WRITING = timedelta(minutes=15)


def when(instant: datetime | None) -> str:
    """23 November 2026, 18:45 in London."""
    return f"{in_london(instant):%-d %B %Y, %H:%M}" if instant else ""


def age(born: date, today: date) -> str:
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if years >= 2:
        return f"{years} years"
    months = (today.year - born.year) * 12 + today.month - born.month - (today.day < born.day)
    return f"{months} months"


def banner(patient: PatientView, today: date) -> dict[str, Any]:
    """The key identifiers, on every page about a person."""
    return {
        "name": f"{patient.family_name.upper()}, {patient.given_name}"
        + (f" ({patient.title})" if patient.title else ""),
        "born": f"{patient.birth_date:%d-%b-%Y} ({age(patient.birth_date, today)})",
        "sex": patient.sex.capitalize(),
        "nhs_number": patient.number_words,
        "practice": patient.registered_practice.name if patient.registered_practice else "not known",
        "phones": ", ".join(patient.phones),
        "is_sensitive": patient.is_sensitive,
        "gone": gone(patient),
    }


def gone(patient: PatientView) -> str:
    """That the person is recorded as deceased, or as having left; empty while neither is so."""
    if patient.registration_state == RegistrationState.DECEASED:
        day = f" on {patient.died_on:%-d %B %Y}" if patient.died_on else ""
        return f"Recorded as deceased{day}. Check who is in front of you; tell the practice if the record is wrong."
    if patient.registration_state == RegistrationState.LEFT:
        day = f" on {patient.left_on:%-d %B %Y}" if patient.left_on else ""
        return f"Recorded as having left the practice{day}. Ask where the person is registered now."
    return ""


def draft(
    request: StaffRequest, view: ConsultationView, form: Written, *, theirs: Notes | None = None
) -> dict[str, Any]:
    """The form with what was written, and what a colleague saved meanwhile beside it."""
    return {
        **_shared(request, view),
        **form_parts(request, form, theirs=theirs),
        "lost": queries.lost_words(actor=request.actor, now=request.now, consultation_id=view.id),
        "whose": whose(request, view.id, Form.DRAFT),
        "put_back": form.put_back,
        "saved_at": when(view.draft_saved_at),
        "also_writing": _also_writing(request, view),
        "unsaved": False,
        "mine": view.draft_saver_id == request.actor.position_id,
        "asked_first": [each.wanted for each in asked_for(request, view, form.notes, Moment.START)],
    }


def amendment(
    request: StaffRequest, view: ConsultationView, form: Written, *, theirs: Notes | None = None
) -> dict[str, Any]:
    """The newest version as a form, or what was written; `theirs` is what a colleague finished meanwhile."""
    return {
        **_shared(request, view),
        **form_parts(request, form, theirs=theirs, kept=view.newest),
        "lost": queries.lost_words(actor=request.actor, now=request.now, consultation_id=view.id),
        "whose": whose(request, view.id, Form.AMENDMENT),
        "put_back": form.put_back,
        "reason": form.reason,
        "mine": _wrote_newest(request, view),
    }


def _wrote_newest(request: StaffRequest, view: ConsultationView) -> bool:
    return view.newest is not None and view.newest.author_position_id == request.actor.position_id


def form_parts(
    request: StaffRequest, form: Written, *, theirs: Notes | None = None, kept: FinishedVersion | None = None
) -> dict[str, Any]:
    """Headed texts, entries, search and outcomes. An outcome that is retired stays open to what was finished with it."""
    offered = [
        (outcome.code, outcome.name)
        for outcome in queries.outcomes(hub_id=request.actor.organisation.id, day=london_date(request.now))
    ]
    if kept is not None and kept.notes.outcome not in dict(offered):
        offered.append((kept.notes.outcome, f"{kept.outcome_name} (no longer offered)"))
    return {
        "texts": [
            HeadedText(
                heading,
                section_field(heading),
                form.notes.text_under(heading),
                theirs.text_under(heading) if theirs and _differs(theirs, form.notes, heading) else "",
                _is_marked(form.notes, heading) or (theirs is not None and _is_marked(theirs, heading)),
            )
            for heading in Heading
        ],
        "entries": [EntryRow(each, tuple(queries.measures().get(each.code, ()))) for each in form.notes.entries],
        "kinds": [(kind.value, kind.value.capitalize()) for kind in EntryKind],
        "follow_up": form.notes.follow_up.text if form.notes.follow_up else "",
        "due": form.due,
        "all_confidential": form.notes.is_confidential or (theirs is not None and theirs.is_confidential),
        "theirs": theirs,
        "their_outcome": _their_outcome(theirs, form.notes, dict(offered)),
        "outcomes": offered,
        "outcome": form.notes.outcome,
        "revision": form.revision,
        "find": form.find if form.wants_search else "",
        "found": queries.find_concepts(words=form.find) if form.wants_search else None,
    }


def _also_writing(request: StaffRequest, view: ConsultationView) -> str:
    """Who else saved this draft a moment ago; empty where nobody did."""
    saved_at = view.draft_saved_at
    is_own = view.draft_saver_id == request.actor.position_id and view.draft_saved_by == request.actor.name
    if saved_at is None or is_own or request.now - saved_at > STILL_WRITING:
        return ""
    return f"{view.draft_saved_by} saved this at {in_london(saved_at):%H:%M} and may be writing still."


def _is_marked(notes: Notes, heading: str) -> bool:
    """Two who write: what either of them marked stays marked until somebody takes it away with their eyes on it."""
    is_planned = notes.follow_up is not None and notes.follow_up.is_confidential
    is_headed = any(each.is_confidential for each in notes.sections if each.heading == heading)
    return is_headed or (heading == Heading.FOLLOW_UP and is_planned)


def _their_outcome(theirs: Notes | None, mine: Notes, names: dict[str, str]) -> str:
    if theirs is None or theirs.outcome == mine.outcome:
        return ""
    return names.get(theirs.outcome, theirs.outcome)


def _differs(theirs: Notes, mine: Notes, heading: str) -> bool:
    return theirs.text_under(heading) != tidied(mine).text_under(heading)


def finished(request: StaffRequest, view: ConsultationView) -> dict[str, Any]:
    """The newest version, the earlier ones, and where the copy of each is."""
    copies = {copy.version: copy for copy in copies_of_consultation(actor=request.actor, consultation_id=view.id)}
    versions = [(version, copies.get(version.number)) for version in reversed(view.versions)]
    return {
        **_shared(request, view),
        "newest": versions[0] if versions else None,
        "earlier": versions[1:],
        "lost": queries.lost_words(actor=request.actor, now=request.now, consultation_id=view.id),
        "drugs": drugs_of_consultation(actor=request.actor, consultation_id=view.id),
        "task_page": _task_page(view),
        "marked_at": when(view.in_error_at),
        "typed": None,
        "mine": view.draft_saver_id == request.actor.position_id,
        "mine_version": _wrote_newest(request, view),
    }


def finishing(request: StaffRequest, view: ConsultationView) -> dict[str, Any]:
    offered = queries.outcomes(hub_id=request.actor.organisation.id, day=london_date(request.now))
    names = {outcome.code: outcome.name for outcome in offered}
    return {
        **_shared(request, view, with_record=False),
        "notes": view.draft.without_empty(),
        "outcome_name": names.get(view.draft.outcome, ""),
        "goes": _goes(request, view),
    }


def _goes(request: StaffRequest, view: ConsultationView) -> str:
    """Where the copy goes when nothing stands in its way, and when."""
    way = way_home(actor=request.actor, patient_id=view.patient.id)
    if way is None:
        return "No copy goes to another practice: the patient is registered here for good."
    if way.window is None:
        return f"A copy goes to {way.practice} at once."
    minutes = int(way.window.total_seconds() // 60)
    window = f"{minutes // 60} hours" if minutes % 60 == 0 and minutes > 60 else f"{minutes} minutes"
    return f"A report goes to {way.practice} by MESH, within {window} of the last edit."


def marking(request: StaffRequest, view: ConsultationView) -> dict[str, Any]:
    """Whose consultation would be marked, and whether a copy is out: then its reader must be told (SD-135)."""
    copies = copies_of_consultation(actor=request.actor, consultation_id=view.id)
    return {
        **_shared(request, view, with_record=False),
        "gone_to": sorted({copy.practice.name for copy in copies if copy.state in MAY_BE_READ}),
    }


def _shared(request: StaffRequest, view: ConsultationView, *, with_record: bool = True) -> dict[str, Any]:
    return {
        "view": view,
        "banner": banner(view.patient, london_date(request.now)),
        "appointment": appointment_of(request, view),
        "started": when(view.started_at),
        "filed": queries.attached_documents(actor=request.actor, consultation_id=view.id),
        "when": when,
        **(_record(request, view) if with_record else {}),
    }


def _record(request: StaffRequest, view: ConsultationView) -> dict[str, Any]:
    """The summary beside the notes. Not being allowed to see it must not keep anyone from writing."""
    record: RecordView | None = None
    refused = ""
    try:
        record = open_record(
            actor=request.actor, now=request.now, patient_id=view.patient.id, sections=BESIDE, reason="consultation"
        )
    except Refusal as refusal:
        refused = refusal.sentence()
    return {"record": record, "record_refused": refused, "record_page": _address("record", patient_id=view.patient.id)}


def _task_page(view: ConsultationView) -> str:
    address = _address("task-new")
    return f"{address}?consultation={view.id}&patient={view.patient.id}" if address else ""


def _address(page: str, **values: int) -> str:
    """Of a page of another journey; empty while this release has none."""
    try:
        return reverse(page, kwargs=values or None)
    except NoReverseMatch:
        return ""
