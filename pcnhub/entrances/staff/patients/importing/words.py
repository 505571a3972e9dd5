"""What the pages of imports say: states, kinds of change, and columns of a patient, as people call them."""

from __future__ import annotations

from datetime import date

from pcnhub.care.patients.rules import ChangeKind, ImportState

# What stands in the tag, and its colour.
STATES: dict[str, tuple[str, str]] = {
    ImportState.RECEIVED: ("Waits to be checked", "grey"),
    ImportState.CHECKING: ("Being checked", "blue"),
    ImportState.CHECKED: ("To be reviewed", "orange"),
    ImportState.IMPORTING: ("Being taken in", "blue"),
    ImportState.IMPORTED: ("Taken in", "green"),
    ImportState.UNDOING: ("Being undone", "blue"),
    ImportState.UNDONE: ("Undone", "grey"),
    ImportState.DROPPED: ("Dropped", "grey"),
    ImportState.FAILED: ("Stopped", "red"),
}

# Heading, and what it means before and after the list is taken in.
KINDS: dict[ChangeKind, tuple[str, str, str]] = {
    ChangeKind.NEW: (
        "New patients",
        "The practice does not hold these people yet: each would become a patient of it.",
        "These people became patients of the practice with this list.",
    ),
    ChangeKind.CHANGED: (
        "Changed",
        "These patients are held with other details: what is struck out would be replaced.",
        "What is struck out was replaced.",
    ),
    ChangeKind.RETURNED: (
        "Come back",
        "These people were held as gone, and the list names them: their registration would be active again.",
        "These people were held as gone; their registration is active again.",
    ),
    ChangeKind.MOVED: (
        "Moved here",
        "New at this practice, and until now patients of another practice of the network.",
        "New at this practice, and until then patients of another practice of the network.",
    ),
    ChangeKind.LEFT: (
        "Left",
        "The list says that these people left, or, where that was chosen, does not name them: they would be closed.",
        "The registration of these people was closed: the list said that they left, or, where that was chosen, did not name "
        "them.",
    ),
    ChangeKind.DECEASED: (
        "Died",
        "The list says that these people have died: their registration would be closed.",
        "The registration of these people was closed: the list says that they died.",
    ),
    ChangeKind.ABSENT: (
        "Not in the list",
        "Active patients whom the list does not name. They stay as they are, unless you choose to end "
        "their registration.",
        "Active patients whom the list did not name. They stayed as they were.",
    ),
}
FIELDS: dict[str, str] = {
    "nhs_number": "NHS number",
    "title": "Title",
    "given_name": "Forename",
    "family_name": "Surname",
    "previous_family_name": "Previous surname",
    "birth_date": "Date of birth",
    "sex": "Sex",
    "address_lines": "Address",
    "postcode": "Postcode",
    "home_phone": "Home telephone",
    "mobile_phone": "Mobile",
    "work_phone": "Work telephone",
    "email": "Email",
    "usual_gp": "Usual GP",
    "preferred_language": "Preferred language",
    "interpreter_required": "Interpreter required",
    "sms_consent": "Consent to text messages",
    "registration_state": "Registration",
    "registered_on": "Registered since",
    "left_on": "Left on",
    "died_on": "Died on",
    "is_sensitive": "Protected",
    "dissents_from_sharing": "Objects to sharing",
}


def field_words(name: str) -> str:
    return FIELDS.get(name) or name.replace("_", " ").capitalize()


def value_words(text: str) -> str:
    """A value of a column; a day as people write it."""
    if not text:
        return "nothing"
    try:
        return f"{date.fromisoformat(text):%-d %B %Y}" if len(text) == 10 else text
    except ValueError:
        return text
