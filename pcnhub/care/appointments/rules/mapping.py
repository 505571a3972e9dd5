"""How a slot type is mapped to the national categories (`domain.md` 12A.2, R1 to R3). The words are data, not code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from pcnhub.care.appointments.rules.details import SlotTypeDetails
from pcnhub.foundations.kernel.refusals import Problem

NOT_MAPPED = ""


class NationalMapping(NamedTuple):
    """What a slot type says of itself to the nation; each may be empty."""

    service_setting: str
    context_type: str
    national_category: str


@dataclass(frozen=True, slots=True)
class NationalWords:
    """The words that a slot type may be mapped to. `categories` names for each the context type that it belongs to, those
    that the nation has withdrawn too; `withdrawn` says since when."""

    service_settings: tuple[str, ...]
    context_types: tuple[str, ...]
    categories: Mapping[str, str]
    withdrawn: Mapping[str, date] = field(default_factory=dict)

    @property
    def open_categories(self) -> tuple[str, ...]:
        return tuple(name for name in self.categories if name not in self.withdrawn)


def mapping_of(details: SlotTypeDetails) -> NationalMapping:
    return NationalMapping(details.service_setting, details.context_type, details.national_category)


def problems_of_mapping(
    details: SlotTypeDetails, words: NationalWords, *, standing: NationalMapping | None = None
) -> list[Problem]:
    """What the nation does not know or no longer has, and a category of another context. Not mapped yet is no problem, and a
    withdrawn category stays where it already was (`standing`)."""
    kept = standing.national_category if standing else NOT_MAPPED
    categories = tuple(name for name in words.categories if name not in words.withdrawn or name == kept)
    known = {
        "service_setting": (details.service_setting, words.service_settings),
        "context_type": (details.context_type, words.context_types),
        "national_category": (details.national_category, categories),
    }
    problems = [
        Problem(
            name,
            "withdrawn" if value in words.withdrawn else "unknown",
            "The nation has withdrawn this category"
            if value in words.withdrawn
            else "The national slot mapping has no such value",
            f"Use one of: {', '.join(allowed)}; or leave it not mapped.",
            value,
        )
        for name, (value, allowed) in known.items()
        if value != NOT_MAPPED and value not in allowed
    ]
    belongs_to = words.categories.get(details.national_category, details.context_type)
    if belongs_to != details.context_type:
        problems.append(
            Problem(
                "national_category",
                "other-context",
                f"This category belongs to the context type {belongs_to}",
                "Choose that context type, or leave the category not mapped.",
                details.national_category,
            )
        )
    return problems


def is_mapped(mapping: NationalMapping, words: NationalWords) -> bool:
    """Whether setting, context and category are there; a context for which the nation's list has no category needs none."""
    has_categories = any(words.categories[name] == mapping.context_type for name in words.open_categories)
    return bool(mapping.service_setting and mapping.context_type and (mapping.national_category or not has_categories))
