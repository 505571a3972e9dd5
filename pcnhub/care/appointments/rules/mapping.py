"""How a slot type is mapped to the national categories (`domain.md` 12A.2, R1 to R3). The words are data, not code."""

from __future__ import annotations

from dataclasses import dataclass

from pcnhub.care.appointments.rules.publishing import SlotTypeDetails
from pcnhub.foundations.kernel.refusals import Problem

NOT_MAPPED = ""


@dataclass(frozen=True, slots=True)
class NationalWords:
    """The words that a slot type may be mapped to. `categories` names for each the context type that it belongs to."""

    service_settings: tuple[str, ...]
    context_types: tuple[str, ...]
    categories: dict[str, str]


def problems_of_mapping(details: SlotTypeDetails, words: NationalWords) -> list[Problem]:
    """What the nation does not know, and a category of another context. Not mapped yet is no problem."""
    known = {
        "service_setting": (details.service_setting, words.service_settings),
        "context_type": (details.context_type, words.context_types),
        "national_category": (details.national_category, tuple(words.categories)),
    }
    problems = [
        Problem(
            field,
            "unknown",
            "The national slot mapping has no such value",
            f"Use one of: {', '.join(allowed)}; or leave it not mapped.",
            value,
        )
        for field, (value, allowed) in known.items()
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
