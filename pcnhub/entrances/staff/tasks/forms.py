"""What is typed about tasks and teams. The rules are the operations'; only shapes are checked here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from pcnhub.care.organisations.queries import PositionView
from pcnhub.care.tasks.operations import TaskRequest, TeamRequest
from pcnhub.care.tasks.queries import Recipient, TaskFilter, TaskView, TeamView
from pcnhub.care.tasks.rules import (
    CLOCK_WORDS,
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_TEXT,
    OPEN,
    PRIORITY_WORDS,
    TYPE_WORDS,
    ClockState,
    TaskPriority,
    TaskState,
    TaskType,
    suggested_due_on,
)
from pcnhub.entrances.staff.forms import DateField
from pcnhub.foundations.kernel.actors import OrganisationRef

ANY = ("", "Any")
CLOCKS = [(state.value, CLOCK_WORDS[state]) for state in (ClockState.LATE, ClockState.SOON, ClockState.IN_TIME)]
CLOSED = frozenset(TaskState) - OPEN


class FilterForm(forms.Form):
    """The filters of a list; what can't be read doesn't restrict."""

    show = forms.ChoiceField(label="Show", required=False, choices=[("open", "Still open"), ("closed", "Finished")])
    team = forms.ChoiceField(label="Team", required=False)
    kind = forms.ChoiceField(label="Type", required=False, choices=[ANY, *TYPE_WORDS.items()])
    priority = forms.ChoiceField(label="Priority", required=False, choices=[ANY, *PRIORITY_WORDS.items()])
    clock = forms.ChoiceField(label="Clock", required=False, choices=[ANY, *CLOCKS])
    owed_by = forms.ChoiceField(label="Whose move", required=False)
    mine = forms.BooleanField(label="Only mine: assigned or escalated to me, or to whom I stand in for", required=False)

    def __init__(self, given: QueryDict, *, teams: Iterable[TeamView], owing: Iterable[OrganisationRef] = ()) -> None:
        super().__init__(given)
        self.choose("owed_by", [ANY, *((str(each.id), each.name) for each in owing)])
        self.choose("team", [ANY, *((str(team.id), team.name) for team in teams)])
        self.is_valid()
        for field in self.fields.values():
            field.required = True  # cleaned already; "(optional)" beside each filter would only be noise

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def wanted(self) -> TaskFilter:
        given = self.cleaned_data
        return TaskFilter(
            states=CLOSED if given.get("show") == "closed" else OPEN,
            owed_by=int(given["owed_by"]) if given.get("owed_by") else None,
            clock=ClockState(given["clock"]) if given.get("clock") else None,
            team_id=int(given["team"]) if given.get("team") else None,
            kind=TaskType(given["kind"]) if given.get("kind") else None,
            priority=TaskPriority(given["priority"]) if given.get("priority") else None,
            mine_only=bool(given.get("mine")),
        )


class TaskForm(forms.Form):
    to_team = forms.ChoiceField(label="Send to", error_messages={"required": "Choose a team."})
    kind = forms.ChoiceField(
        label="Type",
        choices=[("", "Choose one"), *TYPE_WORDS.items()],
        error_messages={"required": "Choose what kind of task it is."},
    )
    priority = forms.ChoiceField(
        label="Priority",
        choices=list(PRIORITY_WORDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a priority."},
        help_text="Urgent is to be accepted within 4 working hours. If it cannot wait that long, telephone as well.",
    )
    due_on = DateField(label="To be done by", error_messages={"required": "Enter the date by which it is to be done."})
    text = forms.CharField(
        label="What is to be done",
        max_length=LONGEST_TEXT,
        widget=forms.Textarea,
        error_messages={"required": "Enter what is to be done."},
    )
    documents = forms.MultipleChoiceField(
        label="Documents that it is about",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="They reach the practice with the copy of the consultation.",
    )
    key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(
        self,
        given: QueryDict | None,
        *,
        recipients: Iterable[Recipient],
        today: date,
        again: TaskView | None = None,
        documents: Iterable[tuple[int, str]] = (),
    ) -> None:
        initial = {
            "key": uuid.uuid4().hex,
            "priority": TaskPriority.ROUTINE.value,
            "due_on": suggested_due_on(today, TaskPriority.SOON),
        }
        if again is not None:
            initial |= {"kind": again.row.kind.value, "priority": again.row.priority.value, "text": again.text}
        super().__init__(given, initial=initial)
        field = self.fields["to_team"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        choices = [
            (str(team.id), f"{each.organisation.name}: {team.name}") for each in recipients for team in each.teams
        ]
        offered = self.fields["documents"]
        assert isinstance(offered, forms.MultipleChoiceField)  # noqa: S101 - declared above
        offered.choices = [(str(pk), title) for pk, title in documents]
        field.choices = choices if len(choices) == 1 else [("", "Choose a team"), *choices]

    def request(self, *, patient_id: int | None, consultation_id: int | None) -> TaskRequest:
        given = self.cleaned_data
        return TaskRequest(
            to_team_id=int(given["to_team"]),
            kind=given["kind"],
            priority=given["priority"],
            text=given["text"],
            due_on=given["due_on"],
            idempotency_key=given["key"],
            patient_id=patient_id,
            consultation_id=consultation_id,
            documents=tuple(int(each) for each in given["documents"]),
        )


class NoteForm(forms.Form):
    """For finishing."""

    note = forms.CharField(label="Note to the sender", required=False, max_length=LONGEST_NOTE, widget=forms.Textarea)


class RejectForm(forms.Form):
    reason = forms.CharField(
        label="Why you reject it",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea,
        error_messages={"required": "Enter why: the sender reads it."},
    )


class CommentForm(forms.Form):
    comment = forms.CharField(
        label="Comment",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea,
        error_messages={"required": "Enter what the others must know."},
        help_text="Both organisations read it.",
    )


class HowForm(forms.Form):
    """What the sender did about a task that came back, or about a safety net that ran out."""

    how = forms.CharField(
        label="What you did",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea,
        error_messages={"required": "Enter what you did, such as: telephoned the practice, Mrs Hall will refer today."},
    )


class WithdrawForm(forms.Form):
    withdraw_reason = forms.CharField(
        label="Why you withdraw it",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea,
        error_messages={"required": "Enter why: they read it."},
    )


class PassForm(forms.Form):
    """To a team as a whole, or to one of its members: one list, because the second decides the first."""

    whom = forms.ChoiceField(label="Pass to", error_messages={"required": "Choose a team or one of its members."})
    pass_note = forms.CharField(
        label="Why you pass it on",
        max_length=LONGEST_NOTE,
        error_messages={"required": "Enter why: both ends read it."},
    )

    def __init__(self, given: QueryDict | None, *, teams: Iterable[TeamView]) -> None:
        super().__init__(given)
        field = self.fields["whom"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        choices = [("", "Choose")]
        for team in teams:
            if team.why_not is None:
                choices.append((f"{team.id}", f"{team.name}: anybody in the team"))
                choices += [
                    (f"{team.id}:{member.position_id}", f"{team.name}: {member.name}") for member in team.acceptors
                ]
        field.choices = choices

    def target(self) -> tuple[int, int | None]:
        """The team, and the position or None."""
        team, _, position = self.cleaned_data["whom"].partition(":")
        return int(team), int(position) if position else None


class TeamForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        error_messages={"required": "Enter a name, such as Enhanced Access Team."},
    )
    purpose = forms.CharField(
        label="What it is for", required=False, max_length=LONGEST_NOTE, help_text="Senders read it when they choose."
    )
    allows_acceptance = forms.BooleanField(label="Accepts tasks from other organisations", required=False, initial=True)
    members = forms.MultipleChoiceField(label="Members", required=False, widget=forms.CheckboxSelectMultiple)
    lead = forms.ChoiceField(
        label="To whom goes what is late",
        required=False,
        help_text="One of the members. Without one it goes to a manager.",
    )
    kinds = forms.MultipleChoiceField(
        label="Types of task",
        required=False,
        choices=list(TYPE_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: all. Rules that send tasks by themselves choose the team by its types.",
    )
    accepts_from = forms.MultipleChoiceField(
        label="Takes tasks from",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None chosen: from everybody with whom you have an agreement.",
    )
    is_closed = forms.BooleanField(
        label="Closed",
        required=False,
        help_text="Nobody can send to it. What nobody has accepted goes back to its sender.",
    )

    def __init__(
        self,
        given: QueryDict | None,
        *,
        staff: Iterable[PositionView],
        partners: Iterable[OrganisationRef],
        team: TeamView | None = None,
    ) -> None:
        super().__init__(given, initial=_of(team) if team else None)
        sources = self.fields["accepts_from"]
        assert isinstance(sources, forms.MultipleChoiceField)  # noqa: S101 - declared above
        sources.choices = [(str(each.id), each.name) for each in partners]
        field = self.fields["members"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - declared above
        choices = {str(each.id): _member_label(each) for each in staff}
        for member in team.members if team else ():
            choices.setdefault(str(member.position_id), f"{member.name}: {member.why_not}")
        field.choices = list(choices.items())
        lead = self.fields["lead"]
        assert isinstance(lead, forms.ChoiceField)  # noqa: S101 - declared above
        lead.choices = [("", "Nobody in particular"), *choices.items()]

    def request(self) -> TeamRequest:
        given = self.cleaned_data
        return TeamRequest(
            name=given["name"],
            purpose=given["purpose"],
            allows_acceptance=given["allows_acceptance"],
            is_closed=given["is_closed"],
            members=frozenset(int(each) for each in given["members"]),
            lead=int(given["lead"]) if given["lead"] else None,
            kinds=frozenset(given["kinds"]),
            accepts_from=frozenset(int(each) for each in given["accepts_from"]),
        )


def _of(team: TeamView) -> dict[str, Any]:
    return {
        "name": team.name,
        "purpose": team.purpose,
        "allows_acceptance": team.allows_acceptance,
        "is_closed": team.is_closed,
        "members": [str(member.position_id) for member in team.members],
        "lead": str(team.lead_id or ""),
        "kinds": [kind.value for kind in team.kinds],
        "accepts_from": [str(each) for each in team.accepts_from],
    }


def _member_label(position: PositionView) -> str:
    accepts = "" if position.accepts_cross_organisation_tasks else " (does not accept tasks from other organisations)"
    return f"{position.name}, {position.role_name or position.job_category}{accepts}"
