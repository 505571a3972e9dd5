"""The consultation as a form sends it. Every button sends all of it, so that nothing typed is lost without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest

from django.http import QueryDict

from pcnhub.care.consultations.queries import concepts, measures, terms
from pcnhub.care.consultations.rules import (
    Entry,
    EntryKind,
    FollowUp,
    Heading,
    Notes,
    Section,
    as_asked,
    default_unit,
    kind_of,
    plain,
    section_field,
    with_unit_apart,
)
from pcnhub.entrances.staff.forms import FieldError

ADD, REMOVE = "add-", "remove-"
ALL = "all"  # of the consultation is confidential
DUE = ("follow-up-due-day", "follow-up-due-month", "follow-up-due-year")
PUT_BACK = "put-back"
LONGEST_SEARCH = 100  # characters: no term is found by more
NO_DAY = "The day of the follow-up is not a day. Write it in numbers, such as 27 3 2027, or leave all three empty."


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the form: the notes, what they began from, and what was asked for. `due` is the day as it was typed,
    `put_back` the number of the words that were sent without a session and stand in it again; 0: none."""

    notes: Notes
    revision: int
    action: str = ""
    find: str = ""
    reason: str = ""
    due: tuple[str, str, str] = ("", "", "")
    errors: tuple[FieldError, ...] = ()
    put_back: int = 0

    @property
    def wants_search(self) -> bool:
        """Return in the search field sends the form's first button, which saves: it was meant to search."""
        return self.action == "find" or (self.action == "save" and bool(self.find))

    def with_change(self) -> Written:
        """As the button asks: an entry added or taken out."""
        entries = self.notes.entries
        if self.action.startswith(ADD):
            found = concepts(codes=[self.action.removeprefix(ADD)])
            entries += tuple(
                Entry(each.code, each.term, unit=default_unit(each.code, measures()), kind=kind_of(each.kind))
                for each in found.values()
            )
        elif self.action.startswith(REMOVE):
            gone = number(self.action.removeprefix(REMOVE))
            entries = tuple(entry for place, entry in enumerate(entries) if place != gone)
        return replace(self, notes=replace(self.notes, entries=entries))


def standing(notes: Notes, revision: int, *, action: str = "", find: str = "") -> Written:
    """The form of notes that are kept; a value that was kept with its unit stands beside it, as the form will send it."""
    notes = replace(notes, entries=tuple(as_asked(entry, measures()) for entry in notes.entries))
    day = notes.follow_up.due_on if notes.follow_up else None
    due = (str(day.day), str(day.month), str(day.year)) if day else ("", "", "")
    return Written(notes, revision, action, find, due=due)


def written(sent: QueryDict) -> Written:
    """Read a sent form. Terms come from the list, never from the form; what is not in it keeps its code as its term."""
    due = (sent.get(DUE[0], "").strip(), sent.get(DUE[1], "").strip(), sent.get(DUE[2], "").strip())
    due_on, errors = _day(due)
    confidential = set(sent.getlist("confidential"))
    # One mark for both: who marks what is under Follow-up means what is to be done, too.
    wanted = FollowUp(sent.get("follow-up", ""), due_on, section_field(Heading.FOLLOW_UP) in confidential)
    return Written(
        notes=Notes(
            sections=tuple(
                Section(str(heading), sent.get(section_field(heading), ""), section_field(heading) in confidential)
                for heading in Heading
            ),
            entries=_entries(sent),
            outcome=plain(sent.get("outcome", "")),
            is_confidential=ALL in confidential,
            follow_up=wanted if wanted.text.strip() or wanted.due_on else None,
        ),
        revision=max(number(sent.get("revision", "")), 0),
        action=plain(sent.get("action", "save")),
        find=plain(sent.get("find", ""))[:LONGEST_SEARCH],
        reason=sent.get("reason", ""),
        due=due,
        errors=errors,
        put_back=max(number(sent.get(PUT_BACK, "")), 0),
    )


def _entries(sent: QueryDict) -> tuple[Entry, ...]:
    """One entry for each code; what the form lacks of one is as it is for a new entry."""
    codes = [plain(code) for code in sent.getlist("entry-code")]
    known = terms(codes=codes)
    confidential = set(sent.getlist("entry-confidential"))
    lists = [sent.getlist(f"entry-{name}")[: len(codes)] for name in ("value", "unit", "kind", "note")]
    sent_as = (
        Entry(
            code=code,
            term=known.get(code, code),
            value=value,
            unit=unit,
            kind=EntryKind(kind) if kind in set(EntryKind) else EntryKind.FINDING,
            note=note,
            is_confidential=str(place) in confidential,
        )
        for place, (code, value, unit, kind, note) in enumerate(zip_longest(codes, *lists, fillvalue=""))
    )
    return tuple(with_unit_apart(entry, measures().get(entry.code, ())) for entry in sent_as)


def _day(parts: tuple[str, str, str]) -> tuple[date | None, tuple[FieldError, ...]]:
    if not any(parts):
        return None, ()
    day, month, year = map(number, parts)
    try:
        if len(parts[2]) != len("2027"):  # 27 is no year of anybody's follow-up
            raise ValueError
        return date(year, month, day), ()
    except ValueError:
        return None, (FieldError(DUE[0], NO_DAY),)


def number(text: str) -> int:
    """What is written in at most nine figures; -1 of anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
