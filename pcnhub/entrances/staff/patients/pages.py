"""What the pages about patients show, in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.queries import PatientView, WitnessView
from pcnhub.care.patients.rules import RegistrationState, RegistrationType
from pcnhub.foundations.audit.trail import OWN_RECORD
from pcnhub.foundations.kernel.actors import Actor
from pcnhub.foundations.kernel.local_time import in_london

# What the page of witnesses says somebody did; a test holds this to every action that names a patient.
ACTIONS = {
    "patients.searched": "Saw the patient in the results of a search",
    "patients.opened": "Opened the patient's details",
    "patients.created": "Brought in with an import",
    "patients.changed": "Changed by an import",
    "patients.closed": "Registration closed by an import",
    "patients.import-opened": "Saw the patient in a list that was brought in",
    "patients.import-undone": "Set back to what they were before an import, which was undone",
    "patients.claims-listed": "Saw the patient among people whom two practices claim",
    "patients.claim-decided": "Decided at which of two practices the patient is registered",
    "patients.duplicate-decided": "Said whether a row without an NHS number is the patient",
    "patients.temporary-registration-made": "Registered at the hub for a while",
    "patients.temporary-registration-renewed": "Renewed the registration at the hub",
    "patients.temporary-registration-refreshed": "Brought the hub's details up to date",
    "patients.relinked": "Linked to the practice where the patient is now registered",
    "patients.refreshed": "Brought the hub's details up to date",
    "patients.protection-passed-on": "Told the hub that the record is protected, or that the patient objects to sharing",
    "patients.protection-heeded": "Marked the hub's registration as the patient's practice protects it",
    "patients.closure-passed-on": "Told the hub that the patient has died or left",
    "patients.registration-ended": "Ended the registration at the hub",
    "patients.registration-lapsed": "Ended the registration at the hub: its time was over",
    "patients.registration-reactivated": "Took up the registration at the hub again",
    "patients.renumbered": "Put another NHS number in the place of the old one, or took a wrong one away",
    "patients.merged": "Said that two entries are one person, and merged them",
    "patients.unmerged": "Took back that two entries are one person",
    "patients.contact-changed": "Changed contact details",
    "patients.contact-followed": "Took over a contact detail that was missing, or that its source changed",
    "patients.contact-offered": "Had other contact details, for a person to decide",
    "patients.contact-offer-taken": "Took over another source's contact detail",
    "patients.contact-offer-kept": "Kept a contact detail against another source's",
    "patients.audit-opened": "Looked at this list",
    "patients.likely-shown": "Saw the patient among those whom somebody who was to be booked might be",
    "patients.registered-untraced": "Put down at the hub with what the person said of themselves",
    "patients.trace-linked": "Found out who the patient is",
    "patients.trace-joined": "Found out that two registrations at the hub are this patient",
    "patients.trace-undone": "Said that it was another person whom a trace had led to this patient",
    "patients.number-taken-off": "Said that the NHS number that was given is somebody else’s",
    "patients.protected-number-given": "Told who may see protected patients that one’s NHS number was given",
    "patients.trace-no-match": "Looked for who the patient is, and found nobody",
    "patients.trace-several": "Looked for who the patient is, and left it to a person",
    "patients.trace-rejected": "Compared the patient with whom a search found: none of them",
    "patients.trace-outside-network": "Found the patient registered outside the network",
    "patients.trace-unavailable": "Looked for who the patient is, and had no answer",
    "patients.retraced": "Asked anew where the patient is registered",
    "pds.traced": "Traced the patient by NHS number, name and date of birth",
    "pds.searched": "Searched for a person at the demographics service, and found the patient",
    "pds.read": "Asked the demographics service about the patient by NHS number",
    "gp-connect.answered": "Asked about the patient over GP Connect, and had an answer",
    "gp-connect.refused": "Asked about the patient over GP Connect, and was refused",
    "records.opened": "Opened the record",
    "records.opening-refused": "Was refused the record",
    "records.opened-elsewhere": "Opened the record that a practice keeps on another system",
    "records.opening-elsewhere-failed": "Asked a practice’s system for the record, and had none",
    "gpconnect.record-asked": "Asked a practice’s system for the record over GP Connect",
    "records.permission-given": "Put down that the patient lets the record be opened",
    "records.permission-refused": "Put down that the patient refuses to have the record opened",
    "records.permission-overridden": "Opened the record without the patient’s permission, for a reason",
    "records.override-reviewed": "Looked into an opening without permission",
    "records.overrides-listed": "Saw the patient in the list of openings without permission",
    "records.override-opened": "Looked at an opening without permission",
    "records.given": "Was given the record over GP Connect",
    "records.imported": "Imported the record",
    "records.consultation-filed": "Filed a consultation in the record",
    "appointments.linked": "Let an appointment follow the patient, who was traced",
    "appointments.link-given": "Gave the patient a link of their own",
    "appointments.link-opened": "Opened the patient’s own link, with their date of birth",
    "appointments.link-refused": "Tried to open the patient’s own link, and was not let in",
    "appointments.link-wrong-date": "Gave another date of birth for the patient’s own link",
    "appointments.link-locked": "Locked the patient’s own link, after too many wrong dates of birth",
    "appointments.link-withdrawn": "Took the patient’s own link away",
    "appointments.links-listed": "Looked at the patient’s own links",
    "appointments.opened": "Opened an appointment",
    "appointments.listed": "Looked at the patient's appointments",
    "appointments.list-opened": "Saw the patient in a list of appointments",
    "appointments.status-changed": "Said how far the appointment is: arrived, sent in, left and the like",
    "appointments.booked": "Booked an appointment",
    "appointments.entered-late": "Entered an appointment that had been kept on paper",
    "appointments.amended": "Changed what is said of an appointment",
    "appointments.overridden": "Gave an extra seat",
    "appointments.cancelled": "Cancelled an appointment",
    "appointments.acted-without-seeing": "Moved, changed or cancelled an appointment without seeing whose it is",
    "appointments.rebooked": "Moved an appointment",
    "appointments.changed": "Changed the clinician, place or way of an appointment",
    "appointments.patient-told": "Said that the patient was told of a change to an appointment",
    "gpconnect.asking": "Asked another system to book, change or cancel an appointment",
    "gpconnect.booked": "Had the answer of another system: the appointment stands there",
    "gpconnect.booking-opened": "Opened an appointment at another organisation",
    "gpconnect.cancelled": "Had the answer of another system: the appointment is cancelled there",
    "gpconnect.identity-confirmed": "Said that the patient whom another system holds is this one, though details differ",
    "gpconnect.identity-differs": "Was warned that another system holds other details of the patient",
    "gpconnect.in-doubt": "Had no clear answer of another system about an appointment",
    "gpconnect.not-booked": "Could not reach another system: nothing was booked",
    "gpconnect.patient-listed": "Looked at the patient's appointments at other organisations",
    "gpconnect.refused": "Had the answer of another system: it did not book",
    "gpconnect.registered": "Registered the patient at another organisation for a while",
    "gpconnect.registering": "Asked another system to register the patient for a while",
    "gpconnect.settled": "Found out what became of an appointment at another system",
    "consultations.opened": "Opened a consultation",
    "consultations.started": "Started a consultation",
    "consultations.draft-saved": "Saved a consultation that is not finished",
    "consultations.words-kept": "Kept what a clinician sent of a consultation when their session had ended",
    "consultations.words-put-back": "Put back what they had sent of a consultation when their session had ended",
    "consultations.words-saved": "Saved what they had sent of a consultation when their session had ended",
    "consultations.words-thrown-away": "Threw away what they had sent of a consultation when their session had ended",
    "consultations.words-expired": "Removed what nobody put back into a consultation within an hour",
    "consultations.finished": "Finished a consultation",
    "consultations.amended": "Amended a finished consultation",
    "consultations.recorded-in-error": "Marked a consultation as recorded in error",
    "consultations.template-filled": "Filled in a template in a consultation",
    "consultations.document-made": "Made a document that a protocol asked for",
    "consultations.advice-confirmed": "Confirmed that the patient was given the advice that a protocol asked for",
    "consultations.protocol-overridden": "Went on without what a protocol asked for, for a reason",
    "consultations.notice-asked": "Let others be told of the consultation, as a protocol asked",
    "writeback.pending": "Put the copy of a consultation on its way to the practice",
    "writeback.blocked": "Kept the copy of a consultation, because it can't go to the practice yet",
    "writeback.needs-action": "Kept the copy of a consultation until somebody decides",
    "writeback.acknowledged": "Had the receipt for a consultation that the practice filed",
    "writeback.handed-over": "Queued the report of a consultation for the practice",
    "writeback.sending": "Began to send the report of a consultation to the practice",
    "writeback.sent": "Sent the report of a consultation to the practice",
    "writeback.received": "Heard that the report of a consultation arrived at the practice's system",
    "writeback.refused": "Got the report of a consultation back, or refused",
    "writeback.superseded": "Set a copy aside, because a later version of the consultation goes instead",
    "writeback.sent-otherwise": "Noted that a consultation went to the practice in another way",
    "writeback.report-made": "Made the report of a consultation for the practice",
    "writeback.drug-waits": "Kept a drug of a hub's consultation for somebody of the practice",
    "writeback.drug-filed": "Entered a drug of a hub's consultation into the medication list",
    "writeback.drug-declined": "Declined a drug of a hub's consultation",
    "writeback.drug-withdrawn": "Withdrew a drug that a hub's consultation no longer has",
    "writeback.drug-opened": "Looked at a drug of a hub's consultation",
    "writeback.drugs-listed": "Looked at the list of drugs of hubs' consultations that wait",
    "records.drug-entered": "Entered a drug of a hub's consultation into the medication list",
    "records.drug-marked": "Marked a drug of a hub's consultation as confidential, or no longer",
    "records.drug-struck": "Marked a drug of a hub's consultation as entered in error",
    "records.report-filed": "Filed a consultation report that came by MESH",
    "writeback.redirected": "Turned the copy of a consultation to the practice where the patient is registered now",
    "tasks.inbox-listed": "Saw the patient in the list of received tasks",
    "tasks.sent-listed": "Saw the patient in the list of sent tasks",
    "tasks.owed-listed": "Saw the patient in the list of tasks that wait for somebody",
    "tasks.opened": "Opened a task about the patient",
    "tasks.sent": "Sent a task about the patient",
    "tasks.delivered": "Took in a task about the patient",
    "tasks.accepted": "Accepted a task about the patient",
    "tasks.in-progress": "Began to work on a task about the patient",
    "tasks.done": "Finished a task about the patient",
    "tasks.rejected": "Rejected a task about the patient",
    "tasks.returned": "Sent a task about the patient back, because nobody could accept it",
    "tasks.reassigned": "Passed a task about the patient to somebody else",
    "tasks.claimed": "Took over a task about the patient",
    "tasks.undone": "Took back a step with a task about the patient, taken by mistake",
    "tasks.commented": "Wrote a comment to a task about the patient",
    "tasks.withdraw-asked": "Asked for a task about the patient back, before anybody accepted it",
    "tasks.withdrawn": "Gave a task about the patient back to its sender, who asked for it",
    "tasks.escalated": "Found that nobody had accepted a task about the patient in time",
    "tasks.overdue": "Found a task about the patient not done on its day",
    "tasks.safety-net": "Found a task about the patient still not done when they were told to ring",
    "tasks.dealt-with": "Said what was done instead of a task about the patient that came back",
    "tasks.safety-net-cleared": "Said how the patient or the practice was reached about a task that was not done in time",
    "investigations.listed": "Saw the patient in the list of test requests",
    "investigations.opened": "Opened a test request for the patient",
    "investigations.asked": "Asked the practice for tests for the patient",
    "investigations.asked-again": "Asked the practice for tests for the patient again",
    "investigations.ordered": "Ordered the tests for the patient",
    "investigations.chased": "Looked for the result of the patient's tests, and had none yet",
    "investigations.resulted": "Said what was done about the result of the patient's tests",
    "investigations.declined": "Declined to order tests for the patient",
    "investigations.withdrawn": "Withdrew a test request for the patient",
    "investigations.result-matched": "Matched a result that came to the hub with a test request",
    "documents.listed": "Saw the list of the patient's documents",
    "documents.listing-refused": "Was refused the list of the patient's documents",
    "documents.described": "Looked at what is said of a document",
    "documents.opened": "Opened a document",
    "documents.opening-refused": "Was refused a document whose bytes were not those that were kept",
    "documents.attached": "Attached a document",
    "documents.made": "Made a document",
    "documents.imported": "Brought a document in",
    "documents.received": "Received a document from another system",
    "documents.delivered": "Delivered a document to the practice",
    "documents.marked-confidential": "Marked a document as confidential",
    "documents.marked-in-error": "Marked a document as filed in error",
    "documents.altered": "Had a document listed whose bytes were not those that were kept",
    "documents.restored": "Opened a document whose bytes are again those that were kept",
    "documents.scanned": "Had the scanner's answer about a document: nothing found",
    "documents.quarantined": "Put a document in quarantine: the scanner found something harmful",
    "documents.quarantine-settled": "Said what was done about a document in quarantine",
    "consultations.document-attached": "Filed a document to a consultation",
    "consultations.document-detached": "Detached a document from a consultation",
    "access.refused": "Was refused",
}


@dataclass(frozen=True, slots=True)
class Action:
    text: str
    href: str


def page_number(text: str) -> int:
    """The page asked for; the first when it is no number."""
    return int(text) if text.isdecimal() and len(text) < 9 else 1


def clock(instant: datetime) -> str:
    """An instant as people read it."""
    return f"{in_london(instant):%-d %B %Y, %H:%M}"


def count(number: int, thing: str) -> str:
    """1 row, 2 rows."""
    return f"{number} {thing}{'' if number == 1 else 's'}"


def action_words(action: str) -> str:
    """What was done, as people say it; an action without words of its own is read out."""
    return ACTIONS.get(action) or action.replace(".", ": ").replace("-", " ").capitalize()


def who(each: WitnessView) -> str:
    """The person in their role, and for whom they acted; work that no person did says so."""
    if not each.is_system:
        return ", ".join(part for part in (each.role, each.organisation) if part)
    if each.name in ("command", "onboarding"):
        return f"Whoever runs this installation, at its command line, for {each.organisation}"
    return f"No person: work that PCN Hub did by itself for {each.organisation}"


def ground(each: WitnessView) -> str:
    """On what ground, as people say it."""
    if each.basis == OWN_RECORD.name:
        return f"{each.organisation} holds the patient itself"
    return "The task had been sent to them" if each.basis == "received task" else each.basis


def actions(actor: Actor, view: PatientView) -> list[Action]:
    """Where this person may go from the patient's page."""
    found = []
    is_practice = actor.organisation.kind == OrganisationKind.PRACTICE
    bookable = view.is_active and not view.is_sensitive
    if view.is_untraced and actor.may(Permission.TRACE_PATIENTS):
        found.append(Action("Find out who this person is", reverse("trace-patient", args=[view.id])))
    if actor.may(Permission.BOOK_APPOINTMENTS) and bookable:
        text = "Book an appointment at the hub" if is_practice else "Book an appointment"
        found.append(Action(text, reverse("book-patient", args=[view.id])))
    if actor.may(Permission.BOOK_APPOINTMENTS):
        words = "Appointments at the hub" if is_practice else "Appointments"
        found.append(Action(words, reverse("patient-appointments", args=[view.id])))
        if bookable:
            found.append(Action("Find a free slot here or elsewhere", reverse("all-slots", args=[view.id])))
        found.append(Action("Links of the patient’s own, to book themselves", reverse("patient-links", args=[view.id])))
        found.append(Action("Appointments at other organisations", reverse("patient-elsewhere", args=[view.id])))
    if actor.may(Permission.VIEW_RECORD):
        found.append(Action("Open the record", reverse("record", args=[view.id])))
    if actor.may(Permission.VIEW_AUDIT):
        found.append(Action("Who saw this patient?", reverse("patient-audit", args=[view.id])))
    return found


def state(view: PatientView) -> tuple[str, str]:
    """The registration's state as words and the colour of their tag."""
    if view.is_untraced:
        return "Not traced yet", "red"
    if view.registration_state == RegistrationState.DECEASED:
        return (f"Died on {view.died_on:%-d %B %Y}" if view.died_on else "Deceased"), "grey"
    if view.registration_state == RegistrationState.LEFT:
        verb = "Registration here ended" if view.registration_type == RegistrationType.TEMPORARY else "Left"
        return (f"{verb} on {view.left_on:%-d %B %Y}" if view.left_on else verb), "grey"
    if view.registration_type == RegistrationType.TEMPORARY:
        return "Temporary registration", "blue"
    return "Registered", "green"


def _ends(view: PatientView) -> str:
    """A temporary registration's last day; each booking begins its time anew."""
    return f"{view.ends_on:%-d %B %Y}, or later after a new booking" if view.ends_on and view.is_active else ""


def demographics(view: PatientView) -> list[dict[str, dict[str, str]]]:
    """Rows of a summary list; what is not known says so."""
    practice = view.registered_practice
    facts = {
        "NHS number": view.number_words,
        "Date of birth": f"{view.birth_date:%-d %B %Y}",
        "Sex": view.sex.capitalize(),
        "Previous surname": view.previous_family_name,
        "Preferred language": view.preferred_language,
        "Registered practice": f"{practice.name} ({practice.ods_code})" if practice else "",
        "Usual GP": view.usual_gp,
        "Registered since": f"{view.registered_on:%-d %B %Y}",
        "Registration here ends": _ends(view),
        "Sharing": "Objects to sharing with other organisations" if view.dissents_from_sharing else "",
    }
    always = {"NHS number", "Date of birth", "Sex"}
    return [
        {"key": {"text": name}, "value": {"text": value or "Not known"}}
        for name, value in facts.items()
        if value or name in always
    ]
