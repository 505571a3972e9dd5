"""What was wrong with a form, as NHS.UK shows it: a summary on top, and the words again beside each field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from pcnhub.foundations.kernel.refusals import InvalidInput


@dataclass(frozen=True, slots=True)
class FieldError:
    """One problem: `field` is the name of the input, or "" for the form as a whole."""

    field: str
    text: str


class Errors:
    """Every problem of a form, in the order of its fields. True when there is one."""

    def __init__(self, problems: Iterable[FieldError] = ()) -> None:
        self.problems = tuple(problems)

    def __bool__(self) -> bool:
        return bool(self.problems)

    @classmethod
    def of_form(cls, form: forms.BaseForm) -> Self:
        """What Django found."""
        return cls(
            FieldError("" if field == NON_FIELD_ERRORS else field, str(message))
            for field, messages in form.errors.items()
            for message in messages
        )

    @classmethod
    def of_refusal(cls, refusal: InvalidInput, fields: Mapping[str, str] | None = None) -> Self:
        """What an operation found. `fields` gives the input's name where it differs from the operation's word."""
        names = fields or {}
        return cls(
            FieldError(
                names.get(problem.field, problem.field), f"{problem.message.rstrip('.')}. {problem.remedy}".strip()
            )
            for problem in refusal.problems
        )

    @property
    def summary(self) -> list[dict[str, str]]:
        """For the error summary component: each problem with a link to its input."""
        return [
            {"text": problem.text, "href": f"#{problem.field}"} if problem.field else {"text": problem.text}
            for problem in self.problems
        ]

    def on(self, field: str) -> dict[str, str] | None:
        """For a component's `errorMessage`: what is wrong with this input, or None."""
        texts = [problem.text for problem in self.problems if problem.field == field]
        return {"text": " ".join(texts)} if texts else None


class DateWidget(forms.Widget):
    """Day, month and year as three inputs, `NAME-day` and so on; the macros draw them."""

    parts = ("day", "month", "year")

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> dict[str, str] | None:
        given = {part: str(data.get(f"{name}-{part}", "")).strip() for part in self.parts}
        return given if any(given.values()) else None

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return all(f"{name}-{part}" not in data for part in self.parts)


class DateField(forms.Field):
    """A day that a person types in three parts. Cleans to a date or None."""

    widget = DateWidget

    def to_python(self, value: object) -> date | None:
        if value in self.empty_values:
            return None
        if isinstance(value, date):
            return value
        parts = value if isinstance(value, Mapping) else {}
        missing = [part for part in DateWidget.parts if not parts.get(part)]
        name = self.label or "The date"
        if missing:
            raise forms.ValidationError(f"{name} must include a {' and a '.join(missing)}.", code="incomplete")
        try:
            return date(int(parts["year"]), int(parts["month"]), int(parts["day"]))
        except ValueError:
            raise forms.ValidationError(f"{name} must be a real date, such as 27 3 2026.", code="invalid") from None

    @staticmethod
    def shown(value: object) -> dict[str, str]:
        """The three inputs' contents for a value as kept or as typed."""
        if isinstance(value, date):
            return {"day": str(value.day), "month": str(value.month), "year": str(value.year)}
        typed = value if isinstance(value, Mapping) else {}
        return {part: str(typed.get(part, "")) for part in DateWidget.parts}
