"""What can be done with an import, and the words that say beforehand what it does."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from pcnhub.care.patients.queries import BatchView
from pcnhub.care.patients.rules import ImportState
from pcnhub.entrances.staff.patients.pages import Action, clock, count


@dataclass(frozen=True, slots=True)
class Act:
    """A page that asks before something is done."""

    title: str
    lead: str
    effects: tuple[str, ...]
    button: str


def changes_words(batch: BatchView) -> str:
    """3 new patients, 2 changed, 1 registration closed."""
    parts = [count(batch.created, "new patient")]
    parts.append(f"{batch.changed:,} changed")
    if batch.closed:
        parts.append(f"{count(batch.closed, 'registration')} closed")
    return ", ".join(parts)


def undoing(batch: BatchView) -> Act:
    done = f", taken in on {clock(batch.taken_in_at)}" if batch.taken_in_at else ""
    return Act(
        title="Undo this import",
        lead=f"This takes back what the list did{done}: {changes_words(batch)}.",
        effects=(
            f"{count(batch.created, 'patient')} who came with this list will no longer be patients of "
            f"{batch.practice.name} here.",
            "Who was changed, or whose registration was closed, is again as before.",
            "Whom this list marked as protected, or as objecting to sharing, stays so.",
            "Who was changed again since, or is used by now (an appointment, a record), stays as they are. You see who.",
            "The hubs that follow the practice’s list are told.",
            "It is kept on record, with your name and your reason. To bring the list in again, import it again.",
        ),
        button="Undo the import",
    )


def dropping(batch: BatchView) -> Act:
    return Act(
        title="Drop this file",
        lead="Nothing of this file has been taken in, and no patient was changed.",
        effects=(
            "The file is removed at once, and what was found in it too.",
            "That it was here, and that you dropped it, stays on record.",
            "To use it after all, import it again.",
        ),
        button="Drop the file",
    )


def bringing_as_own(batch: BatchView) -> Act:
    return Act(
        title="Bring this list in as the practice’s own",
        lead="Somebody else brought this list, so it changes nobody who is protected or objects to sharing. Of its own list the "
        "practice may take that in too.",
        effects=(
            "The same file is checked again, as a new import of the practice. Nothing is changed until that is taken in.",
            "Its review shows everybody whom it would change, also those who were kept out.",
            f"The import that {batch.received_by} brought stays as it is.",
        ),
        button="Bring it in as our own",
    )


def _absent_words(batch: BatchView, *, ends: bool) -> str:
    if not ends:
        return "Leave registered who is not in the list"
    return f"End the registration of {count(batch.absent, 'patient')} not in the list"


def about_absent(batch: BatchView, *, ends: bool) -> Act:
    if not ends:
        return Act(
            title=_absent_words(batch, ends=ends),
            lead="Taking this list in would end the registration of everybody whom it does not name. This takes that back.",
            effects=("The list is checked again. They are shown under “Not in the list”, and stay as they are.",),
            button="Leave them registered",
        )
    return Act(
        title=_absent_words(batch, ends=ends),
        lead=f"{count(batch.absent, 'active patient')} of {batch.practice.name} are not in this list of everybody.",
        effects=(
            "Look at who they are first, under “Not in the list”: a filter in the export makes people missing who have not left.",
            f"{count(batch.rejected, 'row')} of the list can’t be used. Who has a wrong NHS number there counts as missing.",
            "Nothing is changed yet: the list is checked again, and they are shown under “Left”. Their registration ends when "
            "the list is taken in, on the day on which the list was received.",
            "Undoing the import makes their registration active again.",
        ),
        button="Show it with these registrations ended",
    )


def take_in_words(batch: BatchView) -> str:
    """The button that takes the changeset in; empty while there is nothing to take in."""
    if batch.state != ImportState.CHECKED:
        return ""
    return f"Take in {count(_changes(batch), 'change')}" if _changes(batch) else "Take in: nothing changes"


def _changes(batch: BatchView) -> int:
    return batch.created + batch.changed + batch.closed


def resume_words(batch: BatchView) -> str:
    return "Begin this step again" if batch.state == ImportState.FAILED else ""


def links(batch: BatchView) -> tuple[Action, ...]:
    """Where else one can go from here."""
    found = []
    if batch.state == ImportState.CHECKED:
        found.append(Action("Match the columns anew", reverse("import-columns", args=[batch.id])))
    if batch.state == ImportState.CHECKED and (batch.absent or batch.ends_absent):
        ends = not batch.ends_absent
        address = f"{reverse('import-absent', args=[batch.id])}?ends={'yes' if ends else 'no'}"
        found.append(Action(_absent_words(batch, ends=ends), address))
    if batch.state in (ImportState.CHECKED, ImportState.FAILED):
        found.append(Action("Drop this file", reverse("import-drop", args=[batch.id])))
    if batch.state == ImportState.IMPORTED:
        found.append(Action("Undo this import", reverse("import-undo", args=[batch.id])))
    return tuple(found)
