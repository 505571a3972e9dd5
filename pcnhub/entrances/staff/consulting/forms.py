"""The consultation as a form sends it. Every button sends all of it, so that nothing typed is lost without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import QueryDict

from pcnhub.care.consultations.queries import concepts
from pcnhub.care.consultations.rules import Entry, Heading, Notes, Section, section_field

ADD, REMOVE = "add-", "remove-"


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the form: the notes, what they began from, and what was asked for."""

    notes: Notes
    revision: int
    action: str = ""
    find: str = ""
    reason: str = ""

    @property
    def wants_search(self) -> bool:
        """Return in the search field sends the form's first button, which saves: it was meant to search."""
        return self.action == "find" or (self.action == "save" and bool(self.find))

    def with_change(self) -> Written:
        """As the button asks: an entry added or taken out."""
        entries = self.notes.entries
        if self.action.startswith(ADD):
            found = concepts(codes=[self.action.removeprefix(ADD)])
            entries += tuple(Entry(concept.code, concept.term) for concept in found.values())
        elif self.action.startswith(REMOVE) and self.action.removeprefix(REMOVE).isdecimal():
            gone = int(self.action.removeprefix(REMOVE))
            entries = tuple(entry for place, entry in enumerate(entries) if place != gone)
        return replace(self, notes=replace(self.notes, entries=entries))


def written(sent: QueryDict) -> Written:
    """Read a sent form. Terms come from the list, never from the form; what is not in it keeps its code as its term."""
    codes, values = sent.getlist("entry-code"), sent.getlist("entry-value")
    known = concepts(codes=codes)
    revision = sent.get("revision", "")
    return Written(
        notes=Notes(
            sections=tuple(Section(str(heading), sent.get(section_field(heading), "")) for heading in Heading),
            entries=tuple(
                Entry(code, known[code].term if code in known else code, value)
                for code, value in zip(codes, values, strict=False)
            ),
            outcome=sent.get("outcome", ""),
        ),
        revision=int(revision) if revision.isdecimal() else 0,
        action=sent.get("action", "save"),
        find=sent.get("find", "").strip(),
        reason=sent.get("reason", ""),
    )
