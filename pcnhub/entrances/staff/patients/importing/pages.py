"""What the pages of imports show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from pcnhub.care.organisations.queries import organisation, practices_of
from pcnhub.care.organisations.rules import OrganisationKind, Permission
from pcnhub.care.patients.queries import BatchView
from pcnhub.care.patients.rules import ImportState
from pcnhub.care.patients.rules.listsize import against_list_size
from pcnhub.care.sharing.queries import effective_between
from pcnhub.care.sharing.rules import AgreementKind
from pcnhub.entrances.staff.patients.importing import acts
from pcnhub.entrances.staff.patients.importing.parts import Part, parts
from pcnhub.entrances.staff.patients.importing.words import STATES, field_words
from pcnhub.entrances.staff.patients.pages import Action, clock, count
from pcnhub.foundations.kernel.actors import Actor, OrganisationRef
from pcnhub.foundations.kernel.local_time import london_date

MANY = 20  # one row in so many rejected is more than mistakes in typing
_STEPS = {
    ImportState.RECEIVED: "Waiting to be checked",
    ImportState.CHECKING: "Checking the list",
    ImportState.IMPORTING: "Taking the list in",
    ImportState.UNDOING: "Undoing the import",
}


_TITLES = {
    ImportState.CHECKED: "Review the import",
    ImportState.FAILED: "This import stopped",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One import in the list of imports."""

    id: int
    practice: str
    name: str
    by: str
    at: str
    state: str
    colour: str
    counts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work is that somebody waits for."""

    state: str
    runs: bool
    title: str
    words: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The top of the page of one import."""

    title: str
    caption: str
    state: str
    colour: str
    lead: str
    warnings: tuple[str, ...]
    take_in: str
    match: str
    resume: str
    links: tuple[Action, ...]
    parts: tuple[Part, ...]
    facts: list[dict[str, dict[str, str]]]


def is_hub(actor: Actor) -> bool:
    return actor.organisation.kind == OrganisationKind.HUB


def practices(actor: Actor, now: datetime) -> tuple[OrganisationRef, ...]:
    """Whose lists the actor may bring in: a practice its own, a hub those of practices that share their care record."""
    if not is_hub(actor):
        return (actor.organisation,) if actor.organisation.kind == OrganisationKind.PRACTICE else ()
    hub, day = actor.organisation.id, london_date(now)
    return tuple(
        practice
        for practice in practices_of(hub_id=hub, day=day)
        if effective_between(kind=AgreementKind.CARE_RECORD, hub_id=hub, practice_id=practice.id, day=day)
    )


def caption(batch: BatchView) -> str:
    return f"{batch.practice.name}, {batch.file_name}" if batch.file_name else batch.practice.name


def row(batch: BatchView) -> Row:
    state, colour = STATES[batch.state]
    named = {
        "Rows": batch.rows,
        "New": batch.created,
        "Changed": batch.changed,
        "Closed": batch.closed,
        "Rejected": batch.rejected,
    }
    return Row(
        id=batch.id,
        practice=batch.practice.name,
        name=batch.file_name or f"Import {batch.id}",
        by=batch.received_by,
        at=clock(batch.received_at),
        state=state,
        colour=colour,
        counts=tuple((name, f"{number:,}") for name, number in named.items()),
    )


def step(batch: BatchView) -> Step:
    title = _STEPS.get(batch.state, STATES[batch.state][0])
    words = f"{batch.rows_done:,} of {batch.rows:,}" if batch.rows else f"{batch.rows_done:,}"
    return Step(batch.state, batch.is_at_work, title, words, batch.rows_done, batch.rows)


def shown(batch: BatchView, kind: str, actor: Actor) -> Shown:
    """The page's top: where the import stands, what to look at first, and what can be done."""
    may_take_in = not batch.unprotected or actor.may(Permission.VIEW_SENSITIVE)
    state, colour = STATES[batch.state]
    return Shown(
        title=_TITLES.get(batch.state, "Import of patients"),
        caption=caption(batch),
        state=state,
        colour=colour,
        lead=_lead(batch),
        warnings=tuple(_warnings(batch)),
        take_in=acts.take_in_words(batch) if may_take_in else "",
        match=reverse("import-columns", args=[batch.id]) if batch.state == ImportState.FAILED else "",
        resume=acts.resume_words(batch),
        links=acts.links(batch),
        parts=parts(batch, kind) if batch.checked_at else (),
        facts=facts(batch),
    )


def _lead(batch: BatchView) -> str:
    if batch.state == ImportState.CHECKED:
        return "Nothing has changed yet. Look at what the list would change, then take it in or drop it."
    if batch.state == ImportState.IMPORTED and batch.taken_in_at:
        return f"Taken in on {clock(batch.taken_in_at)}: {acts.changes_words(batch)}."
    if batch.state == ImportState.UNDONE:
        return "What this list did was taken back."
    if batch.state == ImportState.DROPPED:
        return "The file was removed, and no patient was changed by it."
    return "Nothing was changed by this list."


def _warnings(batch: BatchView) -> Iterator[str]:
    """What a person should know before they say yes."""
    if batch.failure:
        yield re.sub(r"\b[a-z]+(?:_[a-z0-9]+)+\b", lambda found: field_words(found[0]), batch.failure)
    if batch.state != ImportState.CHECKED:
        return
    if batch.unprotected:
        who = "person loses their" if batch.unprotected == 1 else "people lose their"
        yield (
            f"{batch.unprotected:,} {who} protection by this list: the record would be found by everybody. Only somebody who "
            "may see protected patients can take it in."
        )
    in_order = batch.created + batch.changed + batch.unchanged
    finding = against_list_size(
        current=in_order, list_size=organisation(id=batch.practice.id).list_size, is_delta=batch.is_delta
    )
    if finding:
        yield f"{finding.message} {finding.remedy}"
    if batch.rejected * MANY > batch.rows:
        yield f"{batch.rejected:,} of {batch.rows:,} rows are rejected. Was a column taken for another one?"


def facts(batch: BatchView) -> list[dict[str, dict[str, str]]]:
    said: dict[str, Any] = {
        "Practice": f"{batch.practice.name} ({batch.practice.ods_code})",
        "Brought by": f"{batch.received_by}, {clock(batch.received_at)}",
        "Rows in the file": f"{batch.rows:,}",
        "Who is in it": "Only new and changed patients" if batch.is_delta else "Every registered patient",
        "Columns not used": ", ".join(batch.unused_columns) or "None",
        "Taken in by": f"{batch.imported_by}, {clock(batch.taken_in_at)}" if batch.taken_in_at else "",
        "Registered patients afterwards": f"{batch.active_after:,}" if batch.taken_in_at else "",
        "Undone by": f"{batch.undone_by}, {clock(batch.undone_at)}: {batch.undo_reason}" if batch.undone_at else "",
        "Left as they were": count(batch.kept_back, "patient") if batch.kept_back else "",
        "The file itself": f"Kept encrypted until {clock(batch.file_kept_until)}, then removed"
        if batch.file_kept_until
        else "Removed",
    }
    return [{"key": {"text": name}, "value": {"text": str(value)}} for name, value in said.items() if value]
