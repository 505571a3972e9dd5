"""What is typed about test requests. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date

from django import forms
from django.http import QueryDict

from pcnhub.care.documents.queries import DocumentView
from pcnhub.care.investigations.operations import InvestigationRequest
from pcnhub.care.investigations.queries import InvestigationFilter
from pcnhub.care.investigations.rules import (
    LONGEST_DETAILS,
    LONGEST_NOTE,
    LONGEST_REFERENCE,
    OPEN,
    SUGGESTED_CHASE,
    InvestigationState,
    WantedTest,
)
from pcnhub.care.tasks.queries import Recipient
from pcnhub.care.tasks.rules import PRIORITY_WORDS, TaskPriority
from pcnhub.entrances.staff.forms import DateField

CLOSED = frozenset(InvestigationState) - OPEN


class FilterForm(forms.Form):
    """The filters of the list; what can't be read doesn't restrict."""

    show = forms.ChoiceField(label="Show", required=False, choices=[("open", "Still open"), ("closed", "Closed")])
    ours = forms.BooleanField(label="Only what is our move", required=False)

    def __init__(self, given: QueryDict) -> None:
        super().__init__(given)
        self.is_valid()
        for field in self.fields.values():
            field.required = True  # cleaned already; "(optional)" beside each filter would only be noise

    def wanted(self) -> InvestigationFilter:
        states = CLOSED if self.cleaned_data.get("show") == "closed" else OPEN
        return InvestigationFilter(states=states, ours_only=bool(self.cleaned_data.get("ours")))


class RequestForm(forms.Form):
    team = forms.ChoiceField(label="Ask", error_messages={"required": "Choose a team of the patient’s practice."})
    tests = forms.CharField(
        label="Tests",
        widget=forms.Textarea,
        max_length=LONGEST_DETAILS,
        help_text="One on each line, as the laboratory names them.",
        error_messages={"required": "Name at least one test."},
    )
    details = forms.CharField(
        label="Clinical details",
        widget=forms.Textarea,
        max_length=LONGEST_DETAILS,
        help_text="Why the tests are wanted, and what the practice is to do with the results. Who orders was not in the room.",
        error_messages={"required": "Say why the tests are wanted."},
    )
    priority = forms.ChoiceField(
        label="Priority",
        choices=list(PRIORITY_WORDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a priority."},
        help_text="The order is to be recorded within one working day when urgent, two when soon, five when routine.",
    )
    form = forms.ChoiceField(
        label="Request form", required=False, help_text="It goes to the practice’s record with the consultation."
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self, given: QueryDict | None, *, recipients: Iterable[Recipient], papers: Iterable[DocumentView]
    ) -> None:
        papers = tuple(papers)
        super().__init__(
            given,
            initial={
                "key": uuid.uuid4().hex,
                "priority": TaskPriority.SOON.value,
                "form": str(papers[-1].id) if papers else "",
            },
        )
        teams = [(str(team.id), f"{each.organisation.name}: {team.name}") for each in recipients for team in each.teams]
        self._choose("team", teams if len(teams) == 1 else [("", "Choose a team"), *teams])
        self._choose("form", [("", "None: the task says it all"), *((str(each.id), each.title) for each in papers)])

    def _choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def request(self, consultation_id: int) -> InvestigationRequest:
        given = self.cleaned_data
        lines = (line.strip(" \t-•") for line in given["tests"].splitlines())
        return InvestigationRequest(
            consultation_id=consultation_id,
            team_id=int(given["team"]),
            tests=tuple(WantedTest(line) for line in lines if line),
            details=given["details"],
            priority=given["priority"],
            idempotency_key=given["key"],
            form_id=int(given["form"]) if given["form"] else None,
        )


class OrderForm(forms.Form):
    reference = forms.CharField(
        label="Reference of the order",
        max_length=LONGEST_REFERENCE,
        help_text="The number on the form or the label, by which the laboratory finds it.",
        error_messages={"required": "Enter the reference."},
    )
    chase_on = DateField(
        label="Day to look for the result",
        help_text="Until then the request is yours; on that day it stands at the top of your list.",
        error_messages={"required": "Enter the day on which somebody looks for the result."},
    )

    def __init__(self, given: QueryDict | None, *, today: date) -> None:
        super().__init__(given, initial={"chase_on": today + SUGGESTED_CHASE})


class ChaseForm(forms.Form):
    note = forms.CharField(
        label="What you found",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea,
        error_messages={"required": "Say what you found when you looked."},
    )
    look_again_on = DateField(label="Day to look again", error_messages={"required": "Enter the next day to look."})


class ResultForm(forms.Form):
    resulted_on = DateField(label="Day of the result", error_messages={"required": "Enter the day of the result."})
    acted = forms.CharField(
        label="What was done about it",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea,
        help_text="Also when nothing need be done: who saw it, and whether the patient knows.",
        error_messages={"required": "Say what was done about the result."},
    )

    def __init__(self, given: QueryDict | None, *, today: date) -> None:
        super().__init__(given, initial={"resulted_on": today})


class ReasonForm(forms.Form):
    """Declining and withdrawing alike."""

    reason = forms.CharField(
        label="Reason",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea,
        error_messages={"required": "The other side must learn why."},
    )


class AgainForm(forms.Form):
    team = forms.ChoiceField(label="Ask", error_messages={"required": "Choose a team."})
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, given: QueryDict | None, *, recipients: Iterable[Recipient], practice_id: int) -> None:
        super().__init__(given, initial={"key": uuid.uuid4().hex})
        field = self.fields["team"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            (str(team.id), team.name)
            for each in recipients
            if each.organisation.id == practice_id
            for team in each.teams
        ]


class MatchForm(forms.Form):
    document = forms.ChoiceField(label="Result", error_messages={"required": "Choose the result."})

    def __init__(self, given: QueryDict | None, *, results: Iterable[tuple[int, str]]) -> None:
        super().__init__(given)
        field = self.fields["document"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [(str(number), title) for number, title in results]
