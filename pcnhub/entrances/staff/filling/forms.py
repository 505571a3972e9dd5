"""Questions of a template as form fields. What an answer must be is the rules' to say; here are only shapes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.http import QueryDict

from pcnhub.care.consultations.rules.definitions import NO, YES, AnswerType, Question
from pcnhub.care.consultations.rules.letterheads import SITE, Address
from pcnhub.entrances.staff.forms import DateField, DateWidget

PREFIX = "answer-"  # so that a question's name is never that of another input


class QuestionsForm(forms.Form):
    """One field for each question, in order; `addresses` adds the choice of the one that stands at the head."""

    def __init__(
        self, given: QueryDict | None, *, questions: Collection[Question], addresses: Collection[Address] = ()
    ) -> None:
        super().__init__(given)
        self.questions = tuple(questions)
        for question in self.questions:
            self.fields[PREFIX + question.name] = _field(question)
        if len(addresses) > 1:
            choices = [("", "Choose an address"), *((str(each.site_id), _address(each)) for each in addresses)]
            self.fields[SITE] = forms.ChoiceField(label="Address at the head", choices=choices, required=False)

    def answers(self) -> dict[str, str]:
        """By question, as typed; a date as year-month-day."""
        return {question.name: self._typed(question) for question in self.questions}

    def site_id(self) -> int | None:
        typed = str(self.data.get(SITE, ""))
        return int(typed) if typed.isdecimal() and len(typed) < 10 else None

    def places(self) -> dict[str, str]:
        """Where a refusal's field stands on the page."""
        return {question.name: PREFIX + question.name for question in self.questions} | {
            "document": "", "letterhead": "", "consultation": "",
        }  # fmt: skip

    def _typed(self, question: Question) -> str:
        name = PREFIX + question.name
        if question.type is not AnswerType.DATE:
            return str(self.data.get(name, ""))
        day, month, year = (str(self.data.get(f"{name}-{part}", "")).strip() for part in DateWidget.parts)
        return f"{year}-{month:0>2}-{day:0>2}" if day or month or year else ""


def _field(question: Question) -> forms.Field:
    shared: dict[str, Any] = {"required": question.is_required, "help_text": question.hint}
    label = f"{question.label} ({question.unit})" if question.unit else question.label
    match question.type:
        case AnswerType.LINES:
            return forms.CharField(label=label, widget=forms.Textarea, **shared)
        case AnswerType.CHOICE:
            choices = [(each, each) for each in question.choices]
            return forms.ChoiceField(label=label, widget=forms.RadioSelect, choices=choices, **shared)
        case AnswerType.YES_NO:
            choices = [(YES, YES), (NO, NO)]
            return forms.ChoiceField(label=label, widget=forms.RadioSelect, choices=choices, **shared)
        case AnswerType.DATE:
            return DateField(label=label, **shared)
        case _:
            return forms.CharField(label=label, **shared)


def _address(address: Address) -> str:
    return f"{address.site}: {address.words}" if address.words else f"{address.site} (no address entered)"
