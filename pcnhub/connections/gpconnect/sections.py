"""The sections of an answer as they are shown: what did not come, or came empty without a reason, is never "none". Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pcnhub.care.records.queries import HomeElsewhere, SectionState, SectionView, item_view_of
from pcnhub.care.records.rules import SECTION_OF, Caution, Coverage, Extract, Section
from pcnhub.connections.gpconnect.mapping.answers import (
    ALLERGIES,
    ENDED_ALLERGIES,
    MEDICATION,
    Listed,
    lists_in,
    not_understood,
)
from pcnhub.foundations.kernel.local_time import london_date

ASKED = (Section.ALLERGIES, Section.MEDICATION)
_LIST = {Section.ALLERGIES: ALLERGIES, Section.MEDICATION: MEDICATION}
_PARAMETER = {Section.ALLERGIES: "includeAllergies", Section.MEDICATION: "includeMedication"}


def sections_of(
    content: Mapping[str, Any], extract: Extract, *, home: HomeElsewhere, now: datetime
) -> tuple[SectionView, ...]:
    """Each section that was asked for, with what came of it and every warning of the source in its words."""
    lists, refused = lists_in(content), not_understood(content)
    covered = {each.section: each for each in extract.coverage}
    return tuple(
        _section(section, extract, lists, refused, covered.get(section), home=home, now=now) for section in ASKED
    )


def _section(
    section: Section,
    extract: Extract,
    lists: Mapping[str, Listed],
    refused: list[tuple[str, str]],
    coverage: Coverage | None,
    *,
    home: HomeElsewhere,
    now: datetime,
) -> SectionView:
    today = london_date(now)
    items = tuple(
        item_view_of(each, today=today) for each in _newest_first(extract) if SECTION_OF[each.kind] is section
    )
    said_of = coverage.warnings if coverage else ()
    warnings = list(dict.fromkeys(Caution(each.code, _own_words(each)) for each in said_of))
    for name, said in refused:
        if name.partition(".")[0] == _PARAMETER[section]:
            warnings.append(Caution("not-supported", f"{home.name} did not understand all of the question: {said}"))
    if section is Section.ALLERGIES and ENDED_ALLERGIES not in lists:
        warnings.append(Caution("ended-missing", f"{home.name} did not send ended allergies: there may be some."))
    state, notice = _state(section.value, lists.get(_LIST[section]), items=items, home=home)
    if state is SectionState.EMPTY and coverage and coverage.warnings:  # what it says is missing may be all there is
        state = SectionState.NOT_HELD
        notice = f"{home.name} sent no {section.value}, and says that its list is incomplete: there may be some."
    if state is SectionState.SHOWN and not notice and not any(not each.is_past for each in items):
        notice = f"{home.name} sent only past {section.value}."
    return SectionView(
        section=section,
        state=state,
        items=items,
        warnings=tuple(warnings),
        as_of=coverage.as_of if coverage else None,
        notice=notice,
        remedy=f"Ask the patient about {section.value}." if state is SectionState.NOT_HELD else "",
        who_can=home.name if state is SectionState.NOT_HELD else "",
    )


# How the note of each warning begins (GP Connect 1.2.7, list guidance): a list has one note for each, and they come together
_BEGINS = {
    "confidential-items": "Items excluded",
    "data-in-transit": "Patient record transfer",
    "data-awaiting-filing": "Patient data may be incomplete",
}


def _own_words(caution: Caution) -> str:
    """The note that belongs to the warning, where the source's words tell; else all that it wrote."""
    begins = _BEGINS.get(caution.code)
    own = [line for line in caution.text.split("\n") if begins and line.startswith(begins)]
    return " ".join(own) or caution.text


def _state(
    words: str, listed: Listed | None, *, items: tuple[Any, ...], home: HomeElsewhere
) -> tuple[SectionState, str]:
    has = SectionState.SHOWN if items else SectionState.NOT_HELD
    if listed is None:
        more = "There may be more than is shown." if items else "That says nothing about the patient."
        return has, f"{home.name} did not send its list of {words}. {more}"
    if listed.entries:
        return has, "" if items else f"{home.name} has {words} that could not be shown here."
    if not listed.is_empty_on_purpose:
        return has, f"{home.name} sent an empty list of {words} without a reason. That says nothing about the patient."
    said = f" It says: “{listed.said}”." if listed.said else ""
    current = f"{home.name} has recorded no current {words}.{said}"
    return (SectionState.SHOWN if items else SectionState.EMPTY), current


def _newest_first(extract: Extract) -> list[Any]:
    def when(item: Any) -> Any:
        day = item.starts_on or item.recorded_on
        return -day.toordinal() if day else 0

    return sorted(extract.items, key=when)
